import { createHash } from "node:crypto";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GIB } from "../../../constructs/values/bytes";
import { copyFiles } from "../../../operations/compose/copy";
import type { OldStorage } from "../../../operations/compose/storage";
import { run, temporaryDirectory } from "../../support/process";
import { describeUnless, onPath } from "../../support/tools";

/** Just enough of S3 for the script: lists by pages, gets, puts; looks at no signature. */
class StandIn {
  public readonly objects = new Map<string, string>();
  public readonly written: string[] = [];
  /** A key that it takes and does not keep. */
  public loses = "";
  public readonly server = createServer((request, response) => void this.answer(request, response));

  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/bucket`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://s3");
    const key = url.pathname.replace("/bucket/", "");
    if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ")) return void response.writeHead(403).end();
    if (request.method === "PUT") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      if (key !== this.loses) this.objects.set(key, Buffer.concat(chunks).toString("utf8"));
      this.written.push(key);
      return void response.end();
    }
    if (url.searchParams.has("list-type")) return void response.end(this.list(url.searchParams));
    const object = this.objects.get(key);
    response.writeHead(object === undefined ? 404 : 200).end(object);
  }

  private list(query: URLSearchParams): string {
    const keys = [...this.objects.keys()].sort();
    const left = keys.filter(
      (key) => key.startsWith(query.get("prefix") ?? "") && key > (query.get("start-after") ?? ""),
    );
    const page = left.slice(0, Number(query.get("max-keys")));
    const contents = page.map(
      (key) =>
        `<Contents><Key>${key}</Key><ETag>&quot;${createHash("md5")
          .update(this.objects.get(key) ?? "")
          .digest("hex")}&quot;</ETag>` + `<Size>${this.objects.get(key)?.length}</Size></Contents>`,
    );
    return `<ListBucketResult>${contents.join("")}<IsTruncated>${left.length > page.length}</IsTruncated></ListBucketResult>`;
  }
}

describeUnless(onPath("curl") ? undefined : "no curl on PATH", "the copying script, between stand-ins for S3", () => {
  const directory = temporaryDirectory();
  const [source, target] = [new StandIn(), new StandIn()];
  beforeAll(() =>
    Promise.all(
      [source, target].map(({ server }) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(0)))),
    ),
  );
  afterAll(() => {
    for (const { server } of [source, target]) server.close();
  });

  const digest = (text: string) => createHash("sha256").update(text).digest("hex");
  const blob = (text: string) =>
    `team/docker/registry/v2/blobs/sha256/${digest(text).slice(0, 2)}/${digest(text)}/data`;
  const tag = "team/docker/registry/v2/repositories/a/_manifests/tags/1/current/link";
  const revision = "team/docker/registry/v2/repositories/a/_manifests/revisions/sha256/x/link";

  const copy = (page = 2, from?: string) => {
    const keys = { accessKey: "a", secretKey: 'quotes " and \\' };
    const server = { scheme: "http", port: 0, bucket: "bucket", keys };
    const old = {
      source: from ? { directory: from } : server,
      bucket: "bucket",
      region: "us-east-1",
      prefix: "team/docker/registry/v2/",
    };
    const files = copyFiles(old as OldStorage, keys);
    mkdirSync(directory(), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(directory(name), text);
    const settings = files.settings
      ?.replace(/SOURCE_URL='.*'/, `SOURCE_URL='${source.url}'`)
      .replace(/TARGET_URL='.*'/, `TARGET_URL='${target.url}'`)
      .replace(/PAGE='.*'/, `PAGE='${page}'`);
    writeFileSync(directory("settings"), settings ?? "");
    target.written.length = 0;
    return run("sh", [join(directory(), "copy.sh")]);
  };

  test("says so when there is nothing to copy, or nothing answers", async () => {
    const { code, stderr } = await copy();
    expect(code).toBe(1);
    expect(stderr).toContain("there is nothing under team/docker/registry/v2/");
  });

  test("copies layers first and tags last, page by page, and leaves unfinished uploads", async () => {
    for (const text of ["layer one", "layer two", "manifest"]) source.objects.set(blob(text), text);
    source.objects.set(tag, `sha256:${digest("manifest")}`);
    source.objects.set(revision, `sha256:${digest("manifest")}`);
    source.objects.set("team/docker/registry/v2/repositories/a/_uploads/1/data", "half");
    source.objects.set("other/object", "not the registry's");
    const { code, stdout } = await copy();
    expect(code).toBe(0);
    expect(stdout).toContain("5 objects, 5 to copy");
    expect(target.written.slice(-2)).toEqual([revision, tag]);
    expect(target.objects.get(tag)).toBe(source.objects.get(tag));
    expect([...target.objects.keys()].filter((key) => /_uploads|other/.test(key))).toEqual([]);
  });

  test("copies no layer twice, but a tag that was moved", async () => {
    source.objects.set(tag, `sha256:${digest("another")}`);
    const { code, stdout } = await copy(1000);
    expect(code).toBe(0);
    expect(stdout).toContain("5 objects, 1 to copy");
    expect(target.objects.get(tag)).toBe(`sha256:${digest("another")}`);
  });

  test("stops at a layer that is not what its name says", async () => {
    source.objects.set(blob("layer three"), "layer 3");
    const { code, stderr } = await copy();
    expect(code).toBe(1);
    expect(stderr).toContain("does not hold what its digest says");
    expect(target.objects.has(blob("layer three"))).toBe(false);
    source.objects.delete(blob("layer three"));
  });

  test("says what did not arrive though the server took it", async () => {
    target.loses = revision;
    target.objects.delete(revision);
    const { code, stderr } = await copy(1000);
    target.loses = "";
    expect([code, stderr]).toEqual([1, "import: failed: 1 objects did not arrive; run this again\n"]);
  });

  test("refuses names that no registry makes", async () => {
    source.objects.set("team/docker/registry/v2/repositories/a b/link", "x");
    expect((await copy(1000)).stderr).toContain("none that a registry makes");
    source.objects.delete("team/docker/registry/v2/repositories/a b/link");
  });

  describe("from a directory", () => {
    const root = () => directory("images");
    const put = (key: string, text: string) => {
      mkdirSync(dirname(join(root(), key)), { recursive: true });
      writeFileSync(join(root(), key), text);
    };

    test("copies the same, resumes, and brings over what changed since", async () => {
      target.objects.clear();
      for (const text of ["layer one", "layer two", "manifest"]) put(blob(text), text);
      put(tag, `sha256:${digest("manifest")}`);
      put(revision, `sha256:${digest("manifest")}`);
      put("team/docker/registry/v2/repositories/a/_uploads/1/data", "half");
      const first = await copy(2, root());
      expect(first.code, first.stderr).toBe(0);
      expect(first.stdout).toContain("5 objects, 5 to copy, 0.0 MB");
      expect(target.written.slice(-2)).toEqual([revision, tag]);
      expect([...target.objects.keys()].sort()).toEqual(
        [blob("layer one"), blob("layer two"), blob("manifest"), tag, revision].sort(),
      );
      put(blob("new"), "new");
      put(tag, `sha256:${digest("new")}`);
      const second = await copy(2, root());
      expect(second.stdout).toContain("6 objects, 2 to copy");
      expect(target.written).toEqual([blob("new"), tag]);
      expect(target.objects.get(tag)).toBe(`sha256:${digest("new")}`);
      rmSync(join(root(), tag));
      expect((await copy(2, root())).stdout).toContain("1 tags are in the new registry only");
    });

    test("names a layer that is not what its digest says, one that S3 does not take, and what is not there", async () => {
      put(blob("layer one"), "layer 0ne");
      put(tag, `sha256:${digest("new")}`);
      target.objects.clear();
      const broken = await copy(2, root());
      expect(broken.code).toBe(1);
      expect(broken.stderr).toContain(`${blob("layer one")} does not hold what its digest says`);
      expect(target.objects.has(tag)).toBe(false);
      put(blob("layer one"), "layer one");
      put(blob("huge"), "");
      truncateSync(join(root(), blob("huge")), 5 * GIB + 1);
      expect((await copy(2, root())).stderr).toContain(`${blob("huge")} has more than 5 GiB`);
      expect((await copy(2, directory("nowhere"))).stderr).toContain("there is no directory");
      mkdirSync(directory("empty"));
      expect((await copy(2, directory("empty"))).stderr).toContain("no registry kept its images there");
    });
  });
});
