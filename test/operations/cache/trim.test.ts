import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { CacheBucket } from "../../../operations/cache/bucket";
import { findTrim } from "../../../operations/cache/trim";
import type { DockerConnection } from "../../../operations/docker/docker";

const page = (keys: readonly string[], isTruncated: boolean) =>
  `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${keys
    .map(
      (key) => `<Contents><Key>${key}</Key><Size>7</Size><LastModified>2026-11-26T12:00:00Z</LastModified></Contents>`,
    )
    .join("")}</ListBucketResult>\n200\n`;

function bucket(answer: (args: readonly string[]) => string) {
  const asked: (readonly string[])[] = [];
  const run = async (command: readonly string[]) => {
    asked.push(command.slice(4));
    return { stdout: answer(command.slice(4)), stderr: "" };
  };
  const settings = { environment: "hub", endpoint: "http://s3", region: "r", bucket: "b" };
  return { asked, bucket: new CacheBucket(run, { ...settings, keyFiles: ["/k", "/s"] }) };
}

test("a list goes on where the last page ended", async () => {
  const { asked, bucket: one } = bucket(([, , , , url = ""]) =>
    url.includes("start-after") ? page(["p/c"], false) : page(["p/a", "p/b"], true),
  );
  expect((await one.list("p/")).map(({ key, bytes }) => [key, bytes])).toEqual([
    ["p/a", 7],
    ["p/b", 7],
    ["p/c", 7],
  ]);
  expect(asked.map((args) => args.at(-1))).toEqual([
    "http://s3/b?list-type=2&max-keys=1000&prefix=p%2F",
    "http://s3/b?list-type=2&max-keys=1000&prefix=p%2F&start-after=p%2Fb",
  ]);
});

test("objects are removed in their order, some at a time; fewer answers than questions are a failure", async () => {
  const keys = Array.from({ length: 201 }, (_, n) => `p/${n}`);
  const { asked, bucket: one } = bucket((args) =>
    args
      .slice(4)
      .map(() => "\n204")
      .join("\n"),
  );
  const progress: number[] = [];
  await one.remove(keys, (removed) => progress.push(removed));
  expect(asked.flatMap((args) => args.slice(4))).toEqual(keys.map((key) => `http://s3/b/${key}`));
  expect([progress, asked.map((args) => args[3])]).toEqual([
    [200, 201],
    ["DELETE", "DELETE"],
  ]);
  await expect(bucket(() => "\n204\n").bucket.remove(["a", "b"])).rejects.toThrow("remove objects");
  await expect(bucket(() => "\n204\n\n503\n").bucket.remove(["a", "b"])).rejects.toThrow("answered 503");
  await expect(bucket(() => "").bucket.list("p/")).rejects.toThrow("answered nothing");
});

const docker = (config?: string) =>
  ({
    client: {
      getContainer: () => ({
        getArchive: async () => {
          if (config === undefined) throw new Error("no such container");
          const tar = Buffer.alloc(1024);
          tar.write(Buffer.byteLength(config).toString(8).padStart(11, "0"), 124);
          tar.write(config, 512);
          return (await import("node:stream")).Readable.from([tar]);
        },
      }),
    },
  }) as unknown as DockerConnection;

const parsed = (text: string) => parseEnvironment(text, "environments/hub.yaml").environment as Environment;

test.each<[string, string, string | undefined, RegExp]>([
  ["a registry that takes pushes", "registry: { host: localhost }\n", "proxy:\n", /^hub is no pull-through cache/],
  [
    "a cache on a server of its own",
    "registry: { host: localhost, proxy: { remoteUrl: https://hub.example.com } }\nstorage: { s3: { bucket: abc, region: r1 } }\n",
    "proxy:\n",
    /on a server of its own/,
  ],
  [
    "a cache that is not deployed",
    "registry: { host: localhost, proxy: { remoteUrl: https://hub.example.com } }\n",
    undefined,
    /not there/,
  ],
  [
    "a registry that the file calls a cache, and that is none yet",
    "registry: { host: localhost, proxy: { remoteUrl: https://hub.example.com } }\n",
    'version: "0.1"\nlog:\n  proxy: x\n',
    /runs no pull-through cache yet/,
  ],
])("%s is not trimmed", async (_, text, config, message) => {
  await expect(findTrim(docker(config), parsed(text), 1)).rejects.toThrow(message);
});
