import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { createProgram } from "../../cli/program";
import manifest from "../../package.json";
import { fakeContext } from "../cli/fake-context";

const WORKFLOWS = readdirSync(".github/workflows").map((name) => `.github/workflows/${name}`);
const SCRIPTS = readdirSync("ci")
  .filter((name) => name.endsWith(".sh"))
  .map((name) => `ci/${name}`);

describe.each([...WORKFLOWS, "ci/gitlab-review.yml"])("%s", (file) => {
  const content = readFileSync(file, "utf8");

  test("is YAML without a doubtful word", () => {
    const document = parseDocument(content);
    expect([...document.errors, ...document.warnings]).toEqual([]);
  });

  test("pins every action by commit", () => {
    const uses = [...content.matchAll(/uses: (\S+)/g)].map((match) => match[1]);
    expect(uses.filter((action) => !/^\.\/|@[0-9a-f]{40}$/.test(action ?? ""))).toEqual([]);
  });

  test("calls only what exists", () => {
    for (const [, script = ""] of content.matchAll(/(?<![\w/.])(\.?ci\/[\w-]+(?:\.sh)?)\b/g)) {
      expect(existsSync(script), script).toBe(true);
    }
    for (const [, script = ""] of content.matchAll(/npm run ([\w:-]+)/g))
      expect(manifest.scripts).toHaveProperty([script]);
  });

  test("keeps no plan", () => {
    expect(content).not.toMatch(/path: .*(plan|\.private-registry|tfstate)/);
  });
});

describe.each(SCRIPTS)("%s", (file) => {
  const content = readFileSync(file, "utf8");

  test("can be run, stops at the first failure, and calls only commands there are", () => {
    expect(statSync(file).mode & 0o111).not.toBe(0);
    expect(content).toContain("set -euo pipefail");
    const known = createProgram(fakeContext().context).commands.map((command) => command.name());
    for (const [, command] of content.matchAll(/^[^#\n]*npx private-registry ([\w-]+)/gm))
      expect(known).toContain(command);
  });
});

describe("only the caller of a reusable workflow may write", () => {
  test.each(WORKFLOWS)("%s", (file) => {
    const { permissions } = parse(readFileSync(file, "utf8"));
    expect(Object.values(permissions ?? { contents: "write" })).not.toContain("write");
  });
});

describe("ci/changed.sh", () => {
  const root = mkdtempSync(join(tmpdir(), "changed-"));
  afterAll(() => rmSync(root, { recursive: true }));
  const script = resolve("ci/changed.sh");
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: root, encoding: "utf8" }).trim();
  const git = (...args: string[]) => run("git", "-c", "user.name=a", "-c", "user.email=a@b", ...args);
  const change = (file: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), String(Math.random()));
    git("add", ".");
    git("commit", "-qm", file);
    return JSON.parse(run(script, "HEAD~1", '["staging", "production"]'));
  };
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "first");

  test.each([
    ["environments/production.yaml", ["production"]],
    ["environments/other.yaml", []],
    ["stacks/backend.ts", ["staging", "production"]],
    ["package-lock.json", ["staging", "production"]],
    ["docs/README.md", []],
  ])("after a change of %s: %j", (file, expected) => expect(change(file)).toEqual(expected));
});

describe("ci/comment-gitlab.sh", () => {
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
    const code = await new Promise((resolve) => spawn("ci/comment-gitlab.sh", [file], { env }).once("close", resolve));
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
