import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface GitlabCall {
  readonly method?: string;
  readonly url: URL;
  readonly body: string;
  readonly token: unknown;
}

/** A page of an answer, and a further page as GitLab names it. */
type Pages = readonly (readonly object[] | object)[];

/** GitLab's API as far as pipelines ask it: an answer for each path below `/api/v4/`, by page; what is not there is 404. */
export async function gitlabServer(answers: Readonly<Record<string, Pages>>) {
  const calls: GitlabCall[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://gitlab");
    const { method } = request;
    calls.push({ method, url, body: await text(request), token: request.headers["private-token"] });
    if (method !== "GET") return response.end("{}");
    const pages = answers[url.pathname.replace("/api/v4/", "")];
    const page = Number(url.searchParams.get("page") ?? 1);
    response.statusCode = pages ? 200 : 404;
    response.setHeader("x-next-page", pages && page < pages.length ? String(page + 1) : "");
    return response.end(JSON.stringify(pages?.[page - 1] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "gitlab-"));
  onTestFinished(() => {
    server.close().closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const variables = {
    CI_API_V4_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`,
    CI_PROJECT_ID: "7",
    CI_MERGE_REQUEST_IID: "3",
    REVIEW_TOKEN: "token",
  };
  return { calls, folder, variables };
}
