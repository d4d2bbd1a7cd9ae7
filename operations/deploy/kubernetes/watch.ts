import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ENVIRONMENT_LABEL } from "../../../constructs/platform/deployment";
import { command } from "../../command";
import { Failure } from "../../failure";
import type { Cluster } from "../../kubernetes/connection";
import type { V1Pod } from "../../kubernetes/library";
import { deleteStuckOldPods } from "../../kubernetes/old-pods";
import { isReady } from "../../kubernetes/pod";
import { type StuckPod, stuckPod, stuckWorkload } from "../../kubernetes/stuck-pod";
import { findWorkload, isRolledOut, type Workload } from "../../kubernetes/workload";
import type { TerraformConfig } from "../../terraform/config";
import { wantedBy } from "../objects";
import type { ResourceProgress } from "../resource-progress";
import type { ApplyWatch } from "../watch";
import { endProvider } from "./provider-process";
import { explainStuck } from "./stuck";

const LOOK_EVERY_MS = 2_000;
/** A rollout takes the pods of before down by itself; where it makes none anew they are what it waits for. */
const OLD_PODS_MS = 60_000;

/** As long as the provider waits for a Deployment. */
const ROLLOUT_MS = 600_000;

const WITH_PODS = new Set(["Deployment", "StatefulSet", "Job"]);

/** Looks at the pods that Terraform waits for: it would wait ten minutes for one that cannot start, and not say why. */
export function watchPods(
  cluster: Cluster,
  environment: string,
  directory: string,
  follow: ResourceProgress,
  stop: AbortSignal,
): ApplyWatch {
  const names = namesIn(directory);
  const hopeless = new AbortController();
  const ended = new AbortController();
  /** StatefulSets: Terraform does not wait for them. */
  const unwaited = [...names].filter(([address]) => address.startsWith("kubernetes_stateful_set"));
  const watch = new PodWatch(cluster, environment, names, unwaited);
  let cause: Failure | undefined;
  let terraform: number | undefined;
  const looking = (async () => {
    let asked = 0;
    while (!ended.signal.aborted) {
      if (cause || stop.aborted) {
        asked += 1;
        // Terraform has been asked to stop and begins nothing more; what is left only waits for pods.
        const onlyWaits = [...follow.begun.keys()].every((address) => names.has(address));
        if (asked > 2 && onlyWaits && terraform) await endProvider(terraform);
      } else {
        // A cluster that does not answer at the moment is no reason to stop Terraform, which asks it, too.
        cause = await watch.look(follow).catch(() => undefined);
        if (cause) hopeless.abort();
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return {
    started: (pid) => {
      terraform = pid;
    },
    hopeless: hopeless.signal,
    settle: async () => {
      // The provider's process is over.
      terraform = undefined;
      const since = Date.now();
      const isThere = (name: string) => isRolledOut(cluster, name).catch(() => false);
      for (const [address, name] of unwaited) {
        if (await isThere(name)) continue;
        follow.wait(address);
        while (!cause && !stop.aborted && !(await isThere(name))) {
          if (Date.now() - since > ROLLOUT_MS) cause = notRolledOut(cluster, environment, name);
          await sleep(LOOK_EVERY_MS);
        }
        if (cause || stop.aborted) return cause;
        follow.waited(address, "rolled out");
      }
      return undefined;
    },
    end: async () => {
      ended.abort();
      await looking;
      return cause;
    },
  };
}

/** The names of what has pods, by Terraform's address. */
function namesIn(directory: string): ReadonlyMap<string, string> {
  const config = JSON.parse(readFileSync(join(directory, "cdk.tf.json"), "utf8")) as TerraformConfig;
  const withPods = wantedBy(config).filter(({ kind }) => WITH_PODS.has(kind));
  return new Map(withPods.map(({ address, name }) => [address, name]));
}

function notRolledOut({ context, namespace }: Cluster, environment: string, name: string): Failure {
  return new Failure(
    `${name} is not rolled out ${ROLLOUT_MS / 60_000} minutes after the apply: some of its pods are those of before, or not ready`,
    `kubectl --context ${context} -n ${namespace} rollout status statefulset ${name} shows how far it is; then ${command("up", environment)}`,
  );
}

/** `1 of 2 pods ready` @param sets what a job waits for */
function progressOf(workload: Workload, sets: readonly Workload[]): string {
  if (workload.kind !== "Job") return `${readyOf(workload)} of ${workload.wanted} pods ready`;
  if (workload.pods.length === 0) return "its pod is made";
  const late = sets.find((set) => readyOf(set) < set.wanted);
  return late ? `its pod runs; ${late.name}: ${progressOf(late, [])}` : "its pod runs";
}

const readyOf = ({ pods }: Workload) => pods.filter(isReady).length;

/** What was seen of pods so far. */
class PodWatch {
  private readonly cluster: Cluster;
  private readonly environment: string;
  private readonly names: ReadonlyMap<string, string>;
  /** Addresses and names of StatefulSets, for which Terraform does not wait, but a Job does. */
  private readonly sets: readonly (readonly [address: string, name: string])[];
  /** Uids of pods that were there before the apply. */
  private before?: ReadonlySet<string>;
  /** Since when something has been stuck, by the uid of the pod, or the name of what cannot make one. */
  private readonly since = new Map<string, number>();

  constructor(cluster: Cluster, environment: string, names: PodWatch["names"], sets: PodWatch["sets"]) {
    this.cluster = cluster;
    this.environment = environment;
    this.names = names;
    this.sets = sets;
  }

  /** Looks at what Terraform works on. @returns why something of it cannot come up */
  public async look(follow: ResourceProgress): Promise<Failure | undefined> {
    this.before ??= await this.pods();
    for (const [address, { since }] of [...follow.begun]) {
      const name = this.names.get(address);
      const workload = name ? await findWorkload(this.cluster, name) : undefined;
      if (!workload || !follow.begun.has(address)) continue;
      const sets = workload.kind === "Job" ? await this.findSets() : [];
      follow.waitsFor(address, progressOf(workload, sets));
      for (const one of [workload, ...sets]) {
        const stuck = await this.stuck(one, since);
        if (stuck) return explainStuck(this.cluster, this.environment, one, stuck);
        // A login that may not delete pods waits with the controller.
        for (const pod of await deleteStuckOldPods(this.cluster, one).catch(() => []))
          follow.tell(`pod ${pod} deleted: it runs nothing, and is of the template of before`);
      }
    }
    return undefined;
  }

  private async findSets(): Promise<Workload[]> {
    const found = await Promise.all(this.sets.map(([, name]) => findWorkload(this.cluster, name)));
    return found.filter((one) => one !== undefined);
  }

  private async pods(): Promise<ReadonlySet<string>> {
    const { core, namespace } = this.cluster;
    const labelSelector = `${ENVIRONMENT_LABEL}=${this.environment}`;
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    return new Set(items.map(uidOf));
  }

  /** What has been stuck for too long. @param begun when Terraform began to work on it */
  private async stuck(workload: Workload, begun: number): Promise<StuckPod | undefined> {
    const fresh = workload.pods.filter((pod) => !this.before?.has(uidOf(pod)));
    const pods = fresh.length > 0 || Date.now() - begun < OLD_PODS_MS ? fresh : workload.pods;
    for (const pod of pods) {
      const found = isReady(pod) ? undefined : await stuckPod(this.cluster, pod);
      if (this.isLate(uidOf(pod), found, begun)) return found;
    }
    const found = workload.pods.length < workload.wanted ? await stuckWorkload(this.cluster, workload) : undefined;
    return this.isLate(workload.name, found, begun) ? found : undefined;
  }

  private isLate(key: string, found: StuckPod | undefined, begun: number): boolean {
    if (!found) {
      this.since.delete(key);
      return false;
    }
    const since = Math.max(this.since.get(key) ?? Date.now(), begun);
    this.since.set(key, since);
    return Date.now() - since >= found.patienceMs;
  }
}

const uidOf = ({ metadata }: V1Pod) => metadata?.uid ?? "";
