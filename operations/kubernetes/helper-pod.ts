import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure";
import { type Interruption, stopIfAsked } from "../interruption";
import { type Helper, type HelperResult, type HelperSettings, HUNG_UP, helperName } from "../runtime/helper";
import type { Cluster } from "./connection";
import { messageOf, orNothing } from "./failure";
import { helperPod, isHelper } from "./helper-spec";
import { Hold } from "./hold";
import type { V1Pod } from "./library";
import { isOver, isReady, isRunning, mainStatus, podName } from "./pod";
import { programInPod } from "./pod-program";
import { isImageProblem, oneLine, type StuckPod, stuckPod } from "./stuck-pod";
import { findWorkload } from "./workload";

export interface HelperPodSettings extends HelperSettings {
  readonly interruption: Interruption;
  /** Hears what it waits for. */
  readonly onWait?: (text: string) => void;
  /** What helps when its image cannot be had. */
  readonly withoutImage?: string;
}

const LOOK_MS = 500;
/** An image may be large, and the way to it slow. */
const START_MS = 600_000;
const REMOVAL_MS = 60_000;

/** Reads as many bytes as there are, even where they cannot be kept: standard input of a program in a pod has no end. */
const WRITE = `umask 077
head -c "$2" | { mkdir -p "\${1%/*}" && cat >"$1" || { cat >/dev/null; exit 1; }; }
[ "$(wc -c <"$1")" -eq "$2" ]`;

/** A helper as a pod of its own. */
export class HelperPod implements Helper {
  private readonly cluster: Cluster;
  private readonly pod: V1Pod;
  private readonly hold: Hold;
  private closing?: Promise<void>;

  private constructor(cluster: Cluster, pod: V1Pod, hold: Hold) {
    this.cluster = cluster;
    this.pod = pod;
    this.hold = hold;
  }

  /** @throws Failure when it cannot be started, as when another one of its kind runs */
  public static async start(cluster: Cluster, settings: HelperPodSettings): Promise<HelperPod> {
    const { environment, interruption } = settings;
    const { pods = [] } = (await findWorkload(cluster, `${environment}-registry`)) ?? {};
    const registry = pods.find(isReady) ?? pods[0];
    if (!registry) throw new Failure(`${environment}-registry has no pod in ${cluster.host}`);
    stopIfAsked(interruption, "Nothing was copied.");
    const made = await make(cluster, settings, helperPod(settings, registry));
    try {
      const pod = await untilRunning(cluster, settings, made);
      const helper = new HelperPod(cluster, pod, await Hold.of(cluster, pod));
      for (const [path, content] of Object.entries(settings.files)) await helper.put(path, content);
      return helper;
    } catch (error) {
      await remove(cluster, made).catch(() => {});
      throw error;
    }
  }

  public async exec(words: readonly string[], onLine: (line: string) => void): Promise<HelperResult> {
    return this.run(words, onLine);
  }

  public async put(path: string, content: Buffer): Promise<void> {
    const said: string[] = [];
    const words = ["sh", "-ec", WRITE, "sh", path, String(content.length)];
    const { code } = await this.run(words, (line) => said.push(line), content);
    if (code !== 0)
      throw new Failure(`${path} could not be written in pod ${podName(this.pod)}`, undefined, said.at(-1));
  }

  public close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    this.hold.letGo();
    await remove(this.cluster, this.pod).catch(() => {});
  }

  private async run(words: readonly string[], onLine: (line: string) => void, input?: Buffer): Promise<HelperResult> {
    const parts: Buffer[] = [];
    const errors = new PassThrough();
    const lines = createInterface({ input: errors }).on("line", onLine);
    const read = new Promise((resolve) => lines.once("close", resolve));
    try {
      const { exitCode, problem } = await programInPod(this.cluster, this.pod, words, {
        onStdout: (bytes) => parts.push(bytes),
        onStderr: (bytes) => errors.write(bytes),
        signal: this.hold.over,
        input,
      });
      errors.end();
      await read;
      if (exitCode === undefined) throw new Error(problem ?? HUNG_UP);
      return { code: exitCode, output: Buffer.concat(parts).toString("utf8") };
    } catch (error) {
      throw await this.failure(error);
    }
  }

  /** Why nothing more is heard of a program. */
  private async failure(error: unknown): Promise<Failure> {
    if (error instanceof Failure && !this.hold.over.aborted) return error;
    const { core, namespace } = this.cluster;
    const found = await orNothing(core.readNamespacedPod({ name: podName(this.pod), namespace })).catch(
      () => undefined,
    );
    const { reason, message } = found?.status ?? {};
    const why = reason ? `: ${[reason, message].filter(Boolean).join(", ")}` : "";
    return new Failure(`The copying pod was stopped${why}`, "run it again: what was copied stays", messageOf(error));
  }
}

/** Makes the pod; one of an earlier run that has ended goes first. @throws Failure when another one runs */
async function make(cluster: Cluster, settings: HelperPodSettings, body: V1Pod): Promise<V1Pod> {
  const { core, namespace } = cluster;
  for (let n = 0; ; n++) {
    try {
      return await core.createNamespacedPod({ namespace, body });
    } catch (error) {
      const name = helperName(settings);
      const there = await orNothing(core.readNamespacedPod({ name, namespace }));
      if (!there || n === 3) throw error;
      if (!isLeft(there, settings)) throw runsAlready(cluster, settings);
      await remove(cluster, there);
    }
  }
}

/** Whether nobody waits for a pod any more. */
function isLeft(pod: V1Pod, settings: HelperSettings): boolean {
  const { deletionTimestamp, creationTimestamp } = pod.metadata ?? {};
  if (deletionTimestamp) return true;
  if (!isHelper(pod, settings)) return false;
  const isOld = Date.now() - (creationTimestamp?.valueOf() ?? Date.now()) > START_MS + REMOVAL_MS;
  return hasEnded(pod) || (!isRunning(pod) && isOld);
}

/** Beside its own container a mesh may have put one that goes on. */
const hasEnded = (pod: V1Pod) => isOver(pod) || mainStatus(pod)?.state?.terminated !== undefined;

function runsAlready({ context, namespace, host }: Cluster, settings: HelperSettings): Failure {
  const name = helperName(settings);
  return new Failure(
    `Another backup or restore of ${settings.environment} runs in ${host} (pod ${name})`,
    `wait until it is done; one that hangs: kubectl --context ${context} -n ${namespace} delete pod ${name}`,
  );
}

async function untilRunning(
  cluster: Cluster,
  { interruption, onWait, withoutImage }: HelperPodSettings,
  { metadata }: V1Pod,
): Promise<V1Pod> {
  const { core, namespace } = cluster;
  const name = metadata?.name ?? "";
  const end = Date.now() + START_MS;
  let since: number | undefined;
  for (;;) {
    stopIfAsked(interruption, "Nothing was copied.");
    const pod = await orNothing(core.readNamespacedPod({ name, namespace }));
    if (pod?.metadata?.uid !== metadata?.uid || !pod)
      throw new Failure(`Pod ${name} was removed while it started`, "run it again");
    if (isRunning(pod)) return pod;
    if (hasEnded(pod)) throw new Failure(`Pod ${name} ended at once`, undefined, ending(pod));
    const stuck = await stuckPod(cluster, pod);
    since = stuck ? (since ?? Date.now()) : undefined;
    const isLate = Date.now() > end || (stuck && since !== undefined && Date.now() - since > stuck.patienceMs);
    if (isLate) throw cannotStart(cluster, name, stuck, withoutImage);
    onWait?.(stuck ? stuck.why : "its image is brought to the node");
    await sleep(LOOK_MS);
  }
}

function ending(pod: V1Pod): string {
  const { exitCode, reason, message } = mainStatus(pod)?.state?.terminated ?? {};
  return [`exit code ${exitCode}`, reason, message ?? pod.status?.message].filter(Boolean).join(", ");
}

function cannotStart(cluster: Cluster, name: string, stuck: StuckPod | undefined, withoutImage?: string): Failure {
  const { context, namespace } = cluster;
  const why = oneLine(stuck?.why ?? `it does not run after ${START_MS / 60_000} minutes`);
  const events = `kubectl --context ${context} -n ${namespace} get events --field-selector involvedObject.name=${name}`;
  const forImage = `${withoutImage}; of a registry with a login: kubernetes.imagePullSecrets in the environment file`;
  return new Failure(`Pod ${name} does not start: ${why}`, isImageProblem(why) && withoutImage ? forImage : events);
}

/** Removes the very pod that was seen, and waits until its name is free. */
async function remove({ core, namespace }: Cluster, { metadata }: V1Pod): Promise<void> {
  const name = metadata?.name ?? "";
  const uid = metadata?.uid;
  const there = async () => {
    const found = await orNothing(core.readNamespacedPod({ name, namespace }));
    return found?.metadata?.uid === uid ? found : undefined;
  };
  if (!(await there())?.metadata?.deletionTimestamp)
    await orNothing(core.deleteNamespacedPod({ name, namespace, body: { preconditions: { uid } } }));
  for (const end = Date.now() + REMOVAL_MS; (await there()) && Date.now() < end; ) await sleep(LOOK_MS);
}
