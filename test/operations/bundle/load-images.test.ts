import { mkdirSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Archive } from "../../../operations/bundle/archive";
import { createBundle } from "../../../operations/bundle/create";
import { loadImages } from "../../../operations/bundle/load-images";
import type { DockerConnection } from "../../../operations/docker/docker";
import { dockerRuntime } from "../../../operations/docker/runtime";
import { readEnvironmentFiles, readEnvironments } from "../../../operations/environments";
import { UNINTERRUPTED } from "../../../operations/interruption";
import type { Progress } from "../../../operations/progress";
import { Terraform } from "../../../operations/terraform/terraform";
import { inFolder } from "../in-folder";
import { SmallRegistry } from "./small-registry";

inFolder();

const SILENT: Progress = { stage: () => ({ now() {}, line() {}, done() {}, failed() {} }) };
const OPTIONS = { port: 5999, variables: { DOCKER_CONFIG: "." }, progress: SILENT, interruption: UNINTERRUPTED };

/** What of an engine is asked: it keeps names, and what was done. */
class KeptNames {
  public readonly names = new Set<string>();
  public readonly done: string[] = [];
  public readonly archives: string[] = [];

  private readonly store: "containerd" | "classic";
  private readonly arch: string;

  constructor(store: "containerd" | "classic", arch = "amd64") {
    this.store = store;
    this.arch = arch;
  }

  public get connection(): DockerConnection {
    const { names, done, archives } = this;
    const missing = () => Promise.reject(Object.assign(new Error("no such image"), { statusCode: 404 }));
    const status = this.store === "containerd" ? "io.containerd.snapshotter.v1" : "extfs";
    const client = {
      info: async () => ({ DriverStatus: [["driver-type", status]] }),
      version: async () => ({ Os: "linux", Arch: this.arch }),
      getImage: (name: string) => ({
        inspect: () => (names.has(name) ? Promise.resolve({}) : missing()),
        remove: () => (names.delete(name) ? Promise.resolve() : missing()),
        tag: async ({ repo, tag }: { repo: string; tag: string }) => void names.add(`${repo}:${tag}`),
      }),
      loadImage: async (tar: Readable) => {
        const text = (await buffer(tar)).toString("latin1");
        const record = /"io.containerd.image.name":"(?:docker\.io\/)?([^"]+):[^":]+"/.exec(text)?.[1];
        const digest = /"digest":"(sha256:\w+)"/.exec(text)?.[1];
        const tag = /"RepoTags":\["([^"]+)"\]/.exec(text)?.[1];
        names.add(record ? `${record}@${digest}` : String(tag));
        done.push(`load ${record ?? tag}`);
        return Readable.from([]);
      },
      createContainer: async ({ HostConfig }: Docker.ContainerCreateOptions) => ({
        putArchive: async (tar: Readable) => void archives.push((await buffer(tar)).toString("latin1")),
        start: async () =>
          void done.push(`start at ${JSON.stringify(Object.values(HostConfig?.PortBindings ?? {})[0])}`),
      }),
      getContainer: () => ({
        remove: async () => void done.push("remove"),
        exec: async () => {
          done.push("wait");
          return { start: async () => Readable.from([]), inspect: async () => ({ ExitCode: 0 }) };
        },
      }),
      pull: async (name: string) => {
        names.add(name);
        done.push(`pull ${name.replace(/@.*/, "")}`);
        return Readable.from([]);
      },
      modem: {
        followProgress: (_: unknown, end: (error: null) => void) => end(null),
        demuxStream: (stream: Readable) => void stream.resume(),
      },
    };
    const base = { client: client as unknown as Docker, host: "unix:///a" };
    return { ...dockerRuntime(base), ...base, version: "1", apiVersion: "1.41", isLocal: true };
  }
}

let registry: SmallRegistry;
beforeEach(async () => {
  registry = new SmallRegistry();
  await registry.listen();
  mkdirSync("environments");
  for (const host of ["registry.terraform.io", "registry.opentofu.org"]) {
    for (const source of ["kreuzwerker/docker/4.5.0", "hashicorp/null/3.2.4"]) {
      mkdirSync(`mirror/${host}/${source}/linux_amd64`, { recursive: true });
      writeFileSync(`mirror/${host}/${source}/linux_amd64/provider`, "");
    }
  }
});
afterEach(() => registry.close());

/** A bundle for an environment, opened, and the environment. @param pin `@sha256:…`, or nothing */
async function bundled(pin: string) {
  const at = `127.0.0.1:${registry.port}`;
  const images = `images:\n  distribution: ${at}/library/registry:1${pin}\n  rustfs: ${at}/rustfs/rustfs:1${pin}\n`;
  writeFileSync("environments/lab.yaml", `${images}registry:\n  host: localhost\n`);
  await createBundle({
    ...{ environments: readEnvironments(), files: readEnvironmentFiles(), platforms: ["linux/amd64"], ...OPTIONS },
    ...{ output: "one.tar", providers: "mirror", rclone: "", terraform: new Terraform("terraform", {}) },
    pack: () => ({ name: "program.tgz", content: Buffer.from(""), packages: [] }),
  });
  const [environment] = readEnvironments();
  if (!environment) throw new Error("no environment");
  return { at, archive: await Archive.open("one.tar"), environment };
}

test("containerd's store gets each image under its own name and digest, once", async () => {
  const { at, archive, environment } = await bundled(`@${registry.digest}`);
  const engine = new KeptNames("containerd");
  expect(await loadImages(archive, environment, engine.connection, OPTIONS)).toEqual({ missing: [] });
  expect([...engine.names]).toEqual([
    `${at}/library/registry@${registry.digest}`,
    `${at}/rustfs/rustfs@${registry.digest}`,
  ]);
  await loadImages(archive, environment, engine.connection, OPTIONS);
  expect(engine.done).toHaveLength(2);
});

test("the classic store pulls by digest from a registry on its loopback, which goes again", async () => {
  const { archive, environment } = await bundled(`@${registry.digest}`);
  const engine = new KeptNames("classic");
  const loaded = await loadImages(archive, environment, engine.connection, OPTIONS);
  expect(loaded).toEqual({ missing: [], mirror: "127.0.0.1:5999" });
  expect(engine.done).toEqual([
    "remove",
    "load private-registry-bundle:temporary",
    'start at [{"HostIp":"127.0.0.1","HostPort":"5999"}]',
    "wait",
    "pull 127.0.0.1:5999/library/registry",
    "pull 127.0.0.1:5999/rustfs/rustfs",
    "remove",
  ]);
  expect([...engine.names]).not.toContain("private-registry-bundle:temporary");
  const hash = registry.digest.slice(7);
  const [archived = ""] = engine.archives;
  expect(archived.includes(`${hash}/data`)).toBe(true);
  // A long path is in two fields of its header.
  expect(archived.includes("v2/repositories/rustfs/rustfs\0")).toBe(true);
  expect(archived.includes(`_manifests/revisions/sha256/${hash}/link`)).toBe(true);
  // With the mirror in the file everything is there.
  const mirrored = { ...environment, images: { ...environment.images, mirror: "127.0.0.1:5999" } };
  expect(await loadImages(archive, mirrored, engine.connection, OPTIONS)).toEqual({ missing: [] });
  expect(engine.done).toHaveLength(7);
});

test("the registry of the moment goes when a pull fails, too", async () => {
  const { archive, environment } = await bundled(`@${registry.digest}`);
  const engine = new KeptNames("classic");
  const { connection } = engine;
  Object.assign(connection.client, { pull: () => Promise.reject(new Error("no space left on device")) });
  await expect(loadImages(archive, environment, connection, OPTIONS)).rejects.toThrow();
  expect(engine.done.at(-1)).toBe("remove");
  expect(engine.names.size).toBe(0);
});

test("it goes, too, when a person stops the load", async () => {
  const { archive, environment } = await bundled(`@${registry.digest}`);
  const engine = new KeptNames("classic");
  const gentle = new AbortController();
  const { connection } = engine;
  Object.assign(connection.client, {
    pull: () => {
      gentle.abort();
      return Promise.reject(new Error("aborted"));
    },
  });
  const interruption = { gentle: gentle.signal, hard: UNINTERRUPTED.hard };
  await expect(loadImages(archive, environment, connection, { ...OPTIONS, interruption })).rejects.toThrow(
    /^Stopped\./,
  );
  expect(engine.done.at(-1)).toBe("remove");
});

test("what is named by a tag is loaded by that tag, and needs no mirror", async () => {
  const { at, archive, environment } = await bundled("");
  const engine = new KeptNames("classic");
  expect(await loadImages(archive, environment, engine.connection, OPTIONS)).toEqual({ missing: [] });
  expect(engine.done).toEqual([`load ${at}/library/registry:1`, `load ${at}/rustfs/rustfs:1`]);
});

test("an engine of another platform is refused, and what the bundle has not is told", async () => {
  const { archive, environment } = await bundled(`@${registry.digest}`);
  const arm = new KeptNames("containerd", "arm64").connection;
  await expect(loadImages(archive, environment, arm, OPTIONS)).rejects.toThrow(/the engine is linux\/arm64/);
  const other = {
    ...environment,
    images: { ...environment.images, rustfs: `rustfs/rustfs:2@sha256:${"0".repeat(64)}` },
  };
  const { missing } = await loadImages(archive, other, new KeptNames("containerd").connection, OPTIONS);
  expect(missing).toEqual([`rustfs/rustfs:2@sha256:${"0".repeat(64)}`]);
});
