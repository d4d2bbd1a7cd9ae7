import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { findTrim } from "../../../operations/cache/trim";
import type { Runtime } from "../../../operations/runtime/runtime";
import { MemoryS3 } from "../../support/memory-s3";

const docker = (config?: string) =>
  ({ readFile: async () => config ?? Promise.reject(new Error("no such container")) }) as unknown as Runtime;

const parsed = (text: string) => parseEnvironment(text, "environments/hub.yaml").environment as Environment;

test.each<[string, string, string | undefined, RegExp]>([
  ["a registry that takes pushes", "registry: { host: localhost }\n", "proxy:\n", /^hub is no pull-through cache/],
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

test("a cache is looked at and trimmed through its registry's storage, whoever serves it", async () => {
  const s3 = await MemoryS3.start();
  const root = "cache/docker/registry/v2/";
  const hex = "a".repeat(64);
  s3.put(`${root}repositories/team/app/_layers/sha256/${hex}/link`, `sha256:${hex}`);
  s3.put(`${root}blobs/sha256/aa/${hex}/data`, "0123456789");
  s3.put("cache/other", "stays");
  const environment = parsed(
    "registry: { host: localhost, proxy: { remoteUrl: https://hub.example.com } }\nstorage: { s3: { bucket: abc, region: r1 } }\n",
  );
  const open = async () => ({ client: s3.client(), access: s3.access({ root }) });
  const trim = await findTrim(docker("proxy:\n"), environment, 5, open);
  expect([trim.bytesBefore, trim.remove.map(({ name }) => name)]).toEqual([10, ["team/app"]]);
  await trim.run(() => {});
  expect([...s3.objects.keys()]).toEqual(["cache/other"]);
});
