import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";

describe("pipelines/comment-gitlab.sh", () => {
  const directory = mkdtempSync(join(tmpdir(), "gitlab-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** GitLab's notes, as far as the script asks for them: two pages. */
  async function comment(existing: { id: number; body: string }[]) {
    const calls: { method?: string; url?: string; body: string; token: unknown }[] = [];
    const server = createServer(async (request: IncomingMessage, response) => {
      calls.push({
        method: request.method,
        url: request.url,
        body: await readAll(request),
        token: request.headers["private-token"],
      });
      if (request.method === "GET") {
        const first = request.url?.endsWith("page=1");
        response.setHeader("x-next-page", first ? "2" : "");
        response.end(JSON.stringify(first ? [{ id: 1, body: "LGTM" }] : existing));
      } else response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const file = join(directory, "production.md");
    writeFileSync(file, "<!-- private-registry review: production -->\n\nnew\n");
    const env = {
      PATH: process.env.PATH,
      CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
      CI_PROJECT_ID: "7",
      CI_MERGE_REQUEST_IID: "3",
      REVIEW_TOKEN: "token",
    };
    const code = await new Promise((resolve) =>
      spawn("pipelines/comment-gitlab.sh", [file], { env }).once("close", resolve),
    );
    server.close();
    return { code, last: calls.at(-1) };
  }

  test("writes a first note", async () => {
    const { code, last } = await comment([]);
    expect(code).toBe(0);
    expect(last).toMatchObject({ method: "POST", url: "/api/v4/projects/7/merge_requests/3/notes", token: "token" });
    expect(JSON.parse(last?.body ?? "").body).toContain("new");
  });

  test("updates its own, wherever in the list it is", async () => {
    const { code, last } = await comment([{ id: 42, body: "<!-- private-registry review: production -->\n\nold" }]);
    expect(code).toBe(0);
    expect(last).toMatchObject({ method: "PUT", url: "/api/v4/projects/7/merge_requests/3/notes/42" });
  });
});
