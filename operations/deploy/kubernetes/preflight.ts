import type { Environment } from "../../../config";
import type { PlanJson, ResourceChange } from "../../../plan/plan-json";
import { command } from "../../command";
import { Failure } from "../../failure";
import type { Cluster } from "../../kubernetes/connection";
import { orNothing } from "../../kubernetes/failure";
import type { V1Node } from "../../kubernetes/library";
import { hasLabels, type Placement, repellingTaints, taintText, takesPod } from "../../kubernetes/nodes";
import { readRecord } from "../deployment-record";
import { type FoundObject, madeBy, stateOf } from "../objects";
import { CLAIM } from "./kinds";
import { findUnknown } from "./namespace-objects";

/**
 * Looks for what would fail in the middle of an apply, before anything is changed: names and ports that others have, a
 * StorageClass that is not there, nodes that nothing may run on.
 * @param adopt claims that a person said are the environment's
 * @returns what an apply of ours left when it was killed
 * @throws Failure naming what is in the way
 */
export async function checkBeforeApply(
  cluster: Cluster,
  environment: Environment,
  plan: PlanJson,
  adopt: readonly string[] = [],
): Promise<readonly FoundObject[]> {
  const made = madeBy(plan);
  const ownership = { environment, state: stateOf(plan), record: readRecord(environment), adopt };
  const { ours, others } = await findUnknown(cluster, made, ownership);
  const problems = [
    ...ofAnotherState(cluster, others, environment.name),
    ...others
      .filter((one) => !isOfAnotherState(one, environment.name))
      .map((one) => notOurs(cluster, one, environment.name)),
    ...ours.flatMap((one) => replacedLater(one)),
    ...(
      await Promise.all([classProblems(cluster, plan), portProblems(cluster, plan), nodeProblems(cluster, plan)])
    ).flat(),
  ];
  if (problems.length === 0) return ours;
  const unique = (texts: string[]) => [...new Set(texts)];
  throw new Failure(
    `${unique(problems.map(({ message }) => message)).join("\n")}\nNothing was changed`,
    unique(problems.map(({ remedy }) => remedy)).join("\n  → "),
  );
}

interface Problem {
  readonly message: string;
  readonly remedy: string;
}

/** A command of kubectl for the environment's namespace. */
const kubectl = ({ context, namespace }: Cluster, ...words: string[]) =>
  ["kubectl", "--context", context, "-n", namespace, ...words].join(" ");

const isOfAnotherState = ({ environment, holdsData }: FoundObject, own: string) => environment === own && !holdsData;

/** A whole deployment is told of once. */
function ofAnotherState(cluster: Cluster, others: readonly FoundObject[], own: string): Problem[] {
  const theirs = others.filter((one) => isOfAnotherState(one, own)).map(({ kind, name }) => `${kind}/${name}`);
  if (theirs.length === 0) return [];
  return [
    {
      message: `${own} runs in namespace ${cluster.namespace} and belongs to another Terraform state: another folder or machine deploys it there (${theirs.join(", ")})`,
      remedy: `work where that state is, or choose another namespace; if that state is lost, ${kubectl(cluster, "delete", ...theirs)} (they hold no data)`,
    },
  ];
}

function notOurs(cluster: Cluster, { kind, name, holdsData }: FoundObject, own: string): Problem {
  const look = kubectl(cluster, "get", kind, name, "-o", "yaml");
  if (holdsData) {
    return {
      message: `A ${kind} called ${name} exists in namespace ${cluster.namespace} and is not in the Terraform state of ${own}`,
      remedy: `if what is in it is ${own}'s: ${command("up", own, "--adopt", name)}; else give the environment another name or namespace`,
    };
  }
  return {
    message: `A ${kind} called ${name} exists in namespace ${cluster.namespace} and is not ${own}'s: it is not in the Terraform state`,
    remedy: `look at it: ${look}; then remove it, or choose a namespace of its own for ${own}`,
  };
}

function replacedLater({ kind, name, differs }: FoundObject): Problem[] {
  if (!differs) return [];
  const [, current = ""] = /^StorageClass (.*)/.exec(differs) ?? [];
  return [
    {
      message: `${kind} ${name} has ${differs}, which no claim can change: Terraform would replace it, with everything in it`,
      remedy: `write kubernetes.storage.storageClass: ${current} in the environment file`,
    },
  ];
}

type After = Readonly<Record<string, unknown>>;

/** What a plan makes or changes of a type, as it will be. */
function planned({ resource_changes = [] }: PlanJson, type: string, actions: readonly string[]): After[] {
  const isMeant = (one: ResourceChange) => one.type === type && one.change.actions.some((it) => actions.includes(it));
  return resource_changes.filter(isMeant).flatMap(({ change }): After[] => (change.after ? [change.after] : []));
}

/** The first of a block of Terraform's, of which there is one. */
function block(of: unknown, name: string): After {
  const [first] = ((of as After | undefined)?.[name] ?? []) as After[];
  return first ?? {};
}

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

/** A claim of a class that is not there waits for ever. */
async function classProblems({ storage, context }: Cluster, plan: PlanJson): Promise<Problem[]> {
  const claims = planned(plan, "kubernetes_persistent_volume_claim_v1", ["create"]);
  const wanted = new Set(claims.map((claim) => block(claim, "spec").storage_class_name as string | null | undefined));
  if (wanted.size === 0) return [];
  // Classes belong to the cluster: who may not look at them is not told.
  const found = await storage.listStorageClass().catch(() => undefined);
  if (!found) return [];
  const names = found.items.flatMap(({ metadata }) => metadata?.name ?? []);
  const key = "kubernetes.storage.storageClass";
  const known =
    names.length > 0
      ? `there are: ${names.join(", ")}`
      : `there are none: kubectl --context ${context} get storageclass`;
  return [...wanted].flatMap((name) => {
    if (name)
      return names.includes(name)
        ? []
        : [{ message: `The cluster has no StorageClass ${name}`, remedy: `${known}; write one of them at ${key}` }];
    if (found.items.some(({ metadata }) => metadata?.annotations?.[DEFAULT_CLASS] === "true")) return [];
    return [
      {
        message: "The cluster has no default StorageClass, so claims need one by name",
        remedy: `${known}; write one of them at ${key}`,
      },
    ];
  });
}

/** A port of the nodes is given once in a cluster. */
async function portProblems({ core, namespace }: Cluster, plan: PlanJson): Promise<Problem[]> {
  const services = planned(plan, "kubernetes_service_v1", ["create", "update"]);
  const wanted = services.flatMap((service) => {
    const { name } = block(service, "metadata");
    const spec = block(service, "spec");
    if (spec.type !== "NodePort" && spec.type !== "LoadBalancer") return [];
    const ports = (spec.port ?? []) as { readonly node_port?: number | null }[];
    return ports.flatMap(({ node_port: port }) => (port ? [{ port, name }] : []));
  });
  if (wanted.length === 0) return [];
  const all = await core.listServiceForAllNamespaces().catch(() => undefined);
  return wanted.flatMap(({ port, name }) => {
    const holder = all?.items.find(
      ({ metadata, spec }) =>
        !(metadata?.namespace === namespace && metadata.name === name) &&
        spec?.ports?.some(({ nodePort }) => nodePort === port),
    );
    if (!holder) return [];
    const { name: other, namespace: where } = holder.metadata ?? {};
    return [
      {
        message: `Port ${port} of the nodes is taken by Service ${other} in namespace ${where}`,
        remedy: "choose another kubernetes.expose.nodePort, or publish.port, in the environment file",
      },
    ];
  });
}

/** Pods for nodes that are not there wait for ever. */
async function nodeProblems({ core, context }: Cluster, plan: PlanJson): Promise<Problem[]> {
  const workloads = ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1", "kubernetes_job_v1"].flatMap((type) =>
    planned(plan, type, ["create", "update"]),
  );
  const pods = workloads.map((one) => block(block(block(one, "spec"), "template"), "spec"));
  if (pods.length === 0) return [];
  const nodes = await core.listNode().catch(() => undefined);
  if (!nodes) return [];
  const placements = new Map(pods.map(placementOf).map((one) => [JSON.stringify(one), one]));
  return [...placements.values()].flatMap((one) => placementProblem(nodes.items, one, context) ?? []);
}

/** @param pod its spec, in the provider's names */
function placementOf({ node_selector, toleration }: Readonly<Record<string, unknown>>): Placement {
  return {
    nodeSelector: (node_selector ?? {}) as Placement["nodeSelector"],
    tolerations: (toleration ?? []) as Placement["tolerations"],
  };
}

function placementProblem(nodes: readonly V1Node[], placement: Placement, context: string): Problem | undefined {
  if (nodes.some((node) => takesPod(node, placement))) return undefined;
  const labels = Object.entries(placement.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`);
  const withLabels = nodes.filter((node) => hasLabels(node, placement));
  if (labels.length > 0 && withLabels.length === 0)
    return {
      message: `No node has the labels ${labels.join()}`,
      remedy: `label nodes: kubectl --context ${context} label node NODE ${labels.join(" ")}; or change kubernetes.nodeSelector`,
    };
  const taints = new Set(withLabels.flatMap((node) => repellingTaints(node, placement)).map(taintText));
  if (taints.size === 0)
    return { message: "The cluster has no node that takes pods", remedy: `kubectl --context ${context} get nodes` };
  return {
    message: `No node takes the pods: taints are ${[...taints].join(", ")}`,
    remedy: "write the one that the registry is to tolerate into kubernetes.tolerations",
  };
}

/** What the reclaim policies of the claims' disks say, for who gives the claims up. */
export async function fateOfDisks({ core, namespace }: Cluster, claims: readonly string[]): Promise<string[]> {
  return Promise.all(
    claims.map(async (name) => {
      const claim = await orNothing(core.readNamespacedPersistentVolumeClaim({ namespace, name })).catch(
        () => undefined,
      );
      const volume = claim?.spec?.volumeName;
      const found = volume ? await core.readPersistentVolume({ name: volume }).catch(() => undefined) : undefined;
      const policy = found?.spec?.persistentVolumeReclaimPolicy;
      if (claim && !volume) return `${CLAIM} ${name} has no disk yet`;
      if (policy === "Retain")
        return `${CLAIM} ${name}: its disk stays, as its reclaim policy is Retain: PersistentVolume ${volume}`;
      if (policy) return `${CLAIM} ${name}: its disk goes, too, as its reclaim policy is ${policy}`;
      return `${CLAIM} ${name}: the reclaim policy of its StorageClass decides whether the disk goes, too`;
    }),
  );
}
