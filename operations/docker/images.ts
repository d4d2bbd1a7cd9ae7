import type Docker from "dockerode";
import { DOCKER_TYPES, type PlanJson } from "../../plan/plan-json";
import { Failure } from "../failure";
import type { Interruption } from "../interruption";
import { recognise } from "../known-failures";
import type { Operation } from "../operation";
import { inStage, type Stage } from "../progress";
import type { DockerConnection } from "./docker";
import { dockerFailure, messageOf } from "./failure";
import { registryLogin } from "./login";

/**
 * Pulls the images that a plan needs and the engine lacks, with progress; Terraform then finds them there.
 * @throws Failure when an image cannot be had
 */
export async function pullMissingImages(docker: DockerConnection, plan: PlanJson, operation: Operation): Promise<void> {
  for (const image of plannedImages(plan)) await pullImage(docker, image, operation);
}

/** What pulling takes of an operation. */
export type Pulling = Pick<Operation, "environment" | "interruption" | "progress" | "variables">;

/**
 * Pulls an image that the engine lacks, with progress.
 * @param absent what to do when its registry lacks it, too. @default - what helps for the images of a registry
 * @throws Failure when it cannot be had
 */
export async function pullImage(
  docker: DockerConnection,
  image: string,
  operation: Pulling,
  absent?: string,
): Promise<void> {
  if (await hasImage(docker.client, image)) return;
  await inStage(operation.progress, `pull ${shortName(image)}`, async (stage) => ({
    value: await pull(docker, image, stage, operation, absent),
  }));
}

/** References of the images that will be needed. */
function plannedImages(plan: PlanJson): string[] {
  const names = (plan.resource_changes ?? [])
    .filter(({ type, change }) => type === DOCKER_TYPES.image && change.actions.includes("create"))
    .map(({ change }) => String(change.after?.name));
  return [...new Set(names)];
}

/** Whether the engine has an image already. */
export async function hasImage(client: Docker, image: string): Promise<boolean> {
  try {
    await client.getImage(engineName(image)).inspect();
    return true;
  } catch {
    return false;
  }
}

/** The engine knows an image by tag or by digest, not by both: with both, the digest decides. */
export function engineName(image: string): string {
  const [name = "", digest] = image.split("@");
  return digest ? `${name.replace(/:[^:/]+$/, "")}@${digest}` : image;
}

/** `rustfs/rustfs:1.0.1`, without digest. */
export const shortName = (image: string) => image.replace(/@.*/, "");

/** A line of the engine's answer to a pull: one layer's state, or the end. */
interface PullEvent {
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

async function pull(
  docker: DockerConnection,
  image: string,
  stage: Stage,
  operation: Pulling,
  absent?: string,
): Promise<void> {
  const { environment, interruption, variables } = operation;
  const authconfig = await registryLogin(image, variables);
  try {
    const stream = await docker.client.pull(engineName(image), { authconfig, abortSignal: interruption.gentle });
    await follow(docker.client, stream, stage, interruption);
    // By digest the engine keeps no tag; people look for one.
    if (image.includes("@")) await tag(docker.client, image);
  } catch (error) {
    if (interruption.gentle.aborted) return;
    const details = `${image}: ${messageOf(error)}`;
    const known = recognise(details, { environment: environment.name, dockerHost: docker.host, user: variables.USER });
    const remedy = (known?.id === "image-not-found" && absent) || known?.remedy;
    if (known) throw new Failure(`${known.message} [${image}]`, remedy, details);
    throw dockerFailure(new Error(details), docker.host);
  }
}

async function tag(client: Docker, image: string): Promise<void> {
  const [, repo, name] = /^(.*):([^:/]+)$/.exec(shortName(image)) ?? [];
  if (repo && name) await client.getImage(engineName(image)).tag({ repo, tag: name });
}

/** An engine tells about a pull several times a second; one that has stopped says nothing at all. */
const SILENCE_MS = 300_000;

function follow(client: Docker, stream: NodeJS.ReadableStream, stage: Stage, { gentle }: Interruption): Promise<void> {
  const layers = new PullProgress();
  // Once it has begun, the engine says in a line what went wrong, and ends the answer as it always does.
  let broken: string | undefined;
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(silence);
      (stream as unknown as { destroy(): void }).destroy();
      resolve();
    };
    const silence = setTimeout(() => {
      reject(new Error(`no answer to POST /images/create within ${SILENCE_MS / 1000} s`));
      stop();
    }, SILENCE_MS);
    gentle.addEventListener("abort", stop, { once: true });
    client.modem.followProgress(
      stream,
      (error: Error | null) => {
        clearTimeout(silence);
        gentle.removeEventListener("abort", stop);
        const reason = error ?? (broken === undefined ? undefined : new Error(broken));
        if (reason && !gentle.aborted) reject(reason);
        else resolve();
      },
      (event: PullEvent) => {
        silence.refresh();
        broken ??= event.error;
        layers.see(event);
        stage.now(layers.toString());
      },
    );
  });
}

/** Adds up what the engine says about each layer. */
export class PullProgress {
  private readonly layers = new Map<string, { current: number; total: number; done: boolean }>();

  public see({ id, status = "", progressDetail }: PullEvent): void {
    if (!id || /^(Pulling from|Digest)/.test(status)) return;
    const layer = this.layers.get(id) ?? { current: 0, total: 0, done: false };
    if (status === "Downloading") {
      layer.current = progressDetail?.current ?? layer.current;
      layer.total = progressDetail?.total ?? layer.total;
    }
    if (/^(Pull complete|Already exists|Download complete)$/.test(status)) {
      layer.current = layer.total;
      layer.done = status !== "Download complete";
    }
    this.layers.set(id, layer);
  }

  /** `45.2 of 102.0 MB, 3 of 7 layers`; the total grows while the engine finds out. */
  public toString(): string {
    const all = [...this.layers.values()];
    if (all.length === 0) return "asking the registry";
    const sum = (key: "current" | "total") => (all.reduce((n, layer) => n + layer[key], 0) / 1e6).toFixed(1);
    const isLoaded = all.every(({ current, total, done }) => done || (total > 0 && current >= total));
    const layers = `${all.filter(({ done }) => done).length} of ${all.length} layers`;
    return `${sum("current")} of ${sum("total")} MB, ${layers}${isLoaded ? ", unpacking" : ""}`;
  }
}
