import { createHash } from "node:crypto";
import { type Agent, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { objectName } from "../../constructs/values/object-names";
import { dialFrom } from "../docker/container-tunnel";
import type { DockerConnection } from "../docker/docker";
import { Failure } from "../failure";
import { inStage } from "../progress";
import { ANY_MANIFEST } from "../registry/media-types";
import { requireDocker } from "../runtime/connect";
import { mapAtOnce } from "../storage/slots";
import { withStorage } from "../storage/storage";
import { TunnelAgent } from "../storage/tunnel-agent";
import { type DrillRegistry, joinDrill, openDrillRegistry, startDrillRegistry } from "./drill-registry";
import { addStore, type BackupOperation, type OpenTarget } from "./open";
import { Restore } from "./restore";
import type { Snapshot } from "./snapshot";

export interface DrillResult {
  readonly snapshot: string;
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  readonly blobs: number;
}

const AT_ONCE = 4;

/**
 * Restores a snapshot into a registry that is made for it, asks that registry for every tag, manifest and layer, and removes it.
 * @throws Failure naming what it does not give
 */
export async function drill(
  operation: BackupOperation,
  opened: OpenTarget,
  chosen: { readonly name: string; readonly snapshot: Snapshot },
  root: string,
  { from, repository }: { readonly from: string; readonly repository?: string },
): Promise<DrillResult> {
  const { progress } = operation;
  const docker = requireDocker(operation.runtime, "make a second registry to restore into");
  const registry = await inStage(progress, "make", async () => {
    const value = await startDrillRegistry(operation, docker, root);
    return { value, result: `${value.name}: a registry on a network of its own` };
  });
  try {
    await joinDrill(docker, operation.environment, registry);
    await addStore(opened, registry.access);
    await makeBucket(opened, registry);
    await openDrillRegistry(docker, registry);
    const environment = { ...operation.environment, name: registry.name };
    const approve = async () => true;
    await withStorage(docker, environment, (storage) => {
      const own = { ...operation, environment };
      return new Restore(own, opened, storage, { from, snapshot: chosen.name, repository, approve }).run();
    });
    return await inStage(progress, "pull", (stage) =>
      pullAll(docker, registry, chosen, repository, stage.now.bind(stage)),
    );
  } finally {
    await registry.remove();
  }
}

async function makeBucket({ copier }: OpenTarget, { access }: DrillRegistry): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await sleep(500)) {
    const made = await copier.rclone([
      "mkdir",
      `registry:${access.bucket}`,
      "--s3-no-check-bucket=false",
      "--retries",
      "1",
    ]);
    if (made.code === 0) return;
    if (Date.now() > deadline)
      throw new Failure("RustFS of the drill did not start", undefined, made.errors.at(-1)?.message);
  }
}

async function pullAll(
  docker: DockerConnection,
  { name }: DrillRegistry,
  chosen: { readonly name: string; readonly snapshot: Snapshot },
  repository: string | undefined,
  now: (text: string) => void,
): Promise<{ value: DrillResult; result: string }> {
  const agent = new TunnelAgent(
    dialFrom(docker.client, objectName(name, "registry")),
    new URL("http://127.0.0.1:5000"),
    undefined,
  );
  try {
    const wanted = Object.entries(chosen.snapshot.repositories).filter(
      ([one]) => repository === undefined || one === repository,
    );
    const lost = new Set(chosen.snapshot.missing.map(({ digest }) => digest));
    const asked = wanted.flatMap(([of, { tags, revisions, layers }]) => [
      ...tags.map(({ name: tag, digest }) => ({ path: `/v2/${of}/manifests/${tag}`, digest, isManifest: true })),
      ...revisions.map((digest) => ({ path: `/v2/${of}/manifests/${digest}`, digest, isManifest: true })),
      ...layers.map((digest) => ({ path: `/v2/${of}/blobs/${digest}`, digest, isManifest: false })),
    ]);
    const bad: string[] = [];
    let done = 0;
    await mapAtOnce(
      AT_ONCE,
      asked.filter(({ digest }) => !lost.has(digest)),
      async ({ path, digest, isManifest }) => {
        const size = chosen.snapshot.blobs[digest];
        const answer = await ask(agent, isManifest ? "GET" : "HEAD", path);
        const isGood =
          answer.status === 200 && answer.bytes === size && (!isManifest || sumOf(answer.body, digest) === digest);
        if (!isGood) bad.push(`${path}: HTTP ${answer.status}, ${answer.bytes} of ${size} bytes`);
        if (++done % 100 === 0) now(`${done} of ${asked.length}`);
      },
    );
    if (bad.length > 0)
      throw new Failure(
        `The restored registry does not serve ${bad.length} tags, manifests or layers`,
        undefined,
        bad.slice(0, 20).join("\n"),
      );
    const count = (key: "tags" | "revisions" | "layers") => wanted.reduce((sum, [, one]) => sum + one[key].length, 0);
    const value = {
      ...{ repositories: wanted.length, tags: count("tags"), manifests: count("revisions") },
      blobs: count("layers"),
      snapshot: chosen.name,
    };
    return { value, result: `${value.tags} tags, ${value.manifests} manifests, ${value.blobs} layers` };
  } finally {
    agent.destroy();
  }
}

function sumOf(body: Buffer, digest: string): string {
  const [algorithm = "sha256"] = digest.split(":");
  return `${algorithm}:${createHash(algorithm).update(body).digest("hex")}`;
}

const ACCEPT = `${ANY_MANIFEST}, */*`;

/** Once more when the registry has only just started. */
async function ask(agent: Agent, method: string, path: string) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(agent, method, path);
    } catch (error) {
      if (attempt >= 10) throw error;
      await sleep(300);
    }
  }
}

function askOnce(agent: Agent, method: string, path: string) {
  return new Promise<{ status: number; bytes: number; body: Buffer }>((resolve, reject) => {
    const asked = request({ agent, host: "127.0.0.1", port: 5000, method, path, headers: { accept: ACCEPT } });
    asked.once("error", reject).once("response", (answer) => {
      buffer(answer).then(
        (body) => resolve({ status: answer.statusCode ?? 0, bytes: Number(answer.headers["content-length"]), body }),
        reject,
      );
    });
    asked.setTimeout(60_000, () => asked.destroy(new Error("no answer within 60 s")));
    asked.end();
  });
}
