import { basename } from "node:path/posix";
import { CLAIMS_VARIABLE } from "../../constructs/platform/kubernetes-pod";
import { objectName } from "../../constructs/values/object-names";
import { bytesOf } from "../../plan/kubernetes-facts";
import { compareConfigurations, literal } from "../runtime/configuration-drift";
import { CONFIG_FILE } from "../storage/access";
import { resources } from "../terraform/config";
import type { SynthesizedStack } from "../terraform/stack";
import type { Cluster } from "./connection";
import { orNothing } from "./failure";
import type { V1Container, V1DeploymentSpec, V1ServiceSpec } from "./library";

/** A nested block as cdktf writes it. */
type Block<T> = T | readonly T[] | undefined;

interface DescribedContainer {
  readonly image?: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources?: Block<{ readonly limits?: Quantities; readonly requests?: Quantities }>;
}

type Quantities = Readonly<Record<string, string>>;

interface DescribedPort {
  readonly port: number;
  readonly target_port?: string | number;
  readonly node_port?: number;
}

/** The parts of a resource that are compared. */
interface Described {
  readonly address: string;
  readonly metadata?: Block<{ readonly name?: string }>;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Block<{
    readonly replicas?: string | number;
    readonly template?: Block<{ readonly spec?: Block<{ readonly container?: Block<DescribedContainer> }> }>;
    readonly type?: string;
    readonly port?: Block<DescribedPort>;
    readonly resources?: Block<{ readonly requests?: Quantities }>;
  }>;
}

/** @param written UIDs of the claims that jobs wrote to */
type Compare = (cluster: Cluster, described: Described, name: string, written: readonly string[]) => Promise<string[]>;

/**
 * Compares what the cluster has with what the environment says now, without Terraform: a sentence for each difference. What a
 * plan would do about it, only `plan` knows. Of secrets it says only which keys are missing.
 */
export async function findDrift(
  cluster: Cluster,
  { config, environment }: SynthesizedStack,
  readFile: (container: string, path: string) => Promise<string>,
): Promise<string[]> {
  const all = resources(config) as unknown as Described[];
  const written = await claimsWritten(cluster, all);
  const drift = await Promise.all(
    all.map(async (described) => {
      const [type = ""] = described.address.split(".");
      const name = first(described.metadata)?.name;
      // A name that only Terraform knows cannot be asked for.
      return name === undefined || isTemplate(name)
        ? []
        : ((await COMPARED[type]?.(cluster, described, name, written)) ?? []);
    }),
  );
  return [...drift.flat(), ...(await configurationDrift(all, objectName(environment.name, "registry"), readFile))];
}

/** UIDs of the claims that jobs wrote to: RustFS restores objects on a new disk, but no policies and users. */
async function claimsWritten(cluster: Cluster, all: readonly Described[]): Promise<string[]> {
  const names = all.flatMap(({ address, metadata }) =>
    address.startsWith("kubernetes_job_v1.") ? (first(metadata)?.name ?? []) : [],
  );
  const jobs = await Promise.all(names.map((name) => orNothing(cluster.batch.readNamespacedJob(at(cluster, name)))));
  const variables = jobs.flatMap((job) => job?.spec?.template.spec?.containers.flatMap(({ env = [] }) => env) ?? []);
  return variables.flatMap(({ name, value = "" }) => (name === CLAIMS_VARIABLE ? value.split(",") : []));
}

/** The registry's configuration as it is in a pod, against the environment's. */
async function configurationDrift(
  all: readonly Described[],
  registry: string,
  readFile: (container: string, path: string) => Promise<string>,
): Promise<string[]> {
  const key = basename(CONFIG_FILE);
  const planned = all.find(({ metadata, data }) => first(metadata)?.name === registry && data?.[key])?.data?.[key];
  const running = planned && (await readFile(registry, CONFIG_FILE).catch(() => undefined));
  return planned && running ? compareConfigurations(planned, running) : [];
}

const COMPARED: Readonly<Record<string, Compare>> = {
  kubernetes_deployment_v1: async (cluster, described, name) => {
    const found = await orNothing(cluster.apps.readNamespacedDeployment(at(cluster, name)));
    return found?.spec ? workloadDrift(name, described, found.spec) : [`${name} does not exist`];
  },
  kubernetes_stateful_set_v1: async (cluster, described, name) => {
    const found = await orNothing(cluster.apps.readNamespacedStatefulSet(at(cluster, name)));
    return found?.spec ? workloadDrift(name, described, found.spec) : [`${name} does not exist`];
  },
  kubernetes_service_v1: async (cluster, described, name) => {
    const found = await orNothing(cluster.core.readNamespacedService(at(cluster, name)));
    return found?.spec ? serviceDrift(name, described, found.spec) : [`Service ${name} does not exist`];
  },
  kubernetes_config_map_v1: async (cluster, { data = {} }, name) => {
    const found = await orNothing(cluster.core.readNamespacedConfigMap(at(cluster, name)));
    if (!found) return [`ConfigMap ${name} does not exist`];
    return Object.entries(data).flatMap(([key, value]) => {
      const is = found.data?.[key];
      if (is === undefined) return [`ConfigMap ${name} lacks ${key}`];
      return isTemplate(value) || is === literal(value) ? [] : [`ConfigMap ${name}: ${key} is another`];
    });
  },
  kubernetes_secret_v1: async (cluster, { data = {} }, name) => {
    const found = await orNothing(cluster.core.readNamespacedSecret(at(cluster, name)));
    if (!found) return [`Secret ${name} does not exist`];
    return Object.keys(data).flatMap((key) => (key in (found.data ?? {}) ? [] : [`Secret ${name} lacks ${key}`]));
  },
  kubernetes_persistent_volume_claim_v1: async (cluster, { spec }, name, written) => {
    const found = await orNothing(cluster.core.readNamespacedPersistentVolumeClaim(at(cluster, name)));
    if (!found) return [`Claim ${name} does not exist`];
    const is = found.spec?.resources?.requests?.storage ?? "0";
    const should = first(first(spec)?.resources)?.requests?.storage ?? "0";
    const { uid = "" } = found.metadata ?? {};
    const isNew = uid !== "" && written.length > 0 && !written.includes(uid);
    return [
      ...(bytesOf(is) === bytesOf(should) ? [] : [`Claim ${name}: size is ${is}, should be ${should}`]),
      ...(isNew ? [`Claim ${name} is a new one, and lacks the registry's key`] : []),
    ];
  },
  kubernetes_network_policy_v1: async (cluster, _, name) =>
    (await orNothing(cluster.networking.readNamespacedNetworkPolicy(at(cluster, name))))
      ? []
      : [`NetworkPolicy ${name} does not exist`],
  kubernetes_pod_disruption_budget_v1: async (cluster, _, name) =>
    (await orNothing(cluster.policy.readNamespacedPodDisruptionBudget(at(cluster, name))))
      ? []
      : [`PodDisruptionBudget ${name} does not exist`],
  kubernetes_ingress_v1: async (cluster, _, name) =>
    (await orNothing(cluster.networking.readNamespacedIngress(at(cluster, name))))
      ? []
      : [`Ingress ${name} does not exist`],
};

const at = ({ namespace }: Cluster, name: string) => ({ name, namespace });

function workloadDrift(
  name: string,
  { spec }: Described,
  found: Pick<V1DeploymentSpec, "replicas" | "template">,
): string[] {
  const described = first(spec);
  const container = first(first(first(described?.template)?.spec)?.container);
  const running = found.template.spec?.containers[0];
  if (!container || !running) return [];
  const resource = (from: V1Container["resources"] | ReturnType<typeof resourcesOf>) => ({
    ...prefixed("limit of ", from?.limits),
    ...prefixed("request of ", from?.requests),
  });
  return [
    ...differences(name, { replicas: described?.replicas?.toString() }, { replicas: found.replicas?.toString() }),
    ...differences(name, { image: container.image }, { image: running.image }),
    ...differences(name, variables("variable ", container.env), variables("variable ", running.env)),
    ...differences(name, resource(resourcesOf(container)), resource(running.resources), sameQuantity),
  ];
}

const resourcesOf = ({ resources: own }: DescribedContainer) => first(own);

function prefixed(prefix: string, values: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [`${prefix}${key}`, String(value)]));
}

function variables(prefix: string, env: readonly { readonly name: string; readonly value?: string }[] | undefined) {
  return prefixed(prefix, Object.fromEntries((env ?? []).map(({ name, value = "" }) => [name, literal(value)])));
}

function serviceDrift(name: string, { spec }: Described, found: V1ServiceSpec): string[] {
  const described = first(spec);
  const wanted = all(described?.port).map(({ port, target_port, node_port }) => [
    `port ${port}`,
    `${target_port ?? port}${node_port ? `, on nodes ${node_port}` : ""}`,
  ]);
  // A port of the nodes that nobody asked for is chosen by the cluster.
  const fixed = new Set(all(described?.port).flatMap(({ port, node_port }) => (node_port ? [port] : [])));
  const running = (found.ports ?? []).map(({ port, targetPort, nodePort }) => [
    `port ${port}`,
    `${targetPort ?? port}${fixed.has(port) && nodePort ? `, on nodes ${nodePort}` : ""}`,
  ]);
  return [
    ...differences(`Service ${name}`, { type: described?.type ?? "ClusterIP" }, { type: found.type }),
    ...differences(`Service ${name}`, Object.fromEntries(wanted), Object.fromEntries(running)),
  ];
}

type Values = Readonly<Record<string, string | undefined>>;

function differences(
  name: string,
  wanted: Values,
  actual: Values,
  same: (a?: string, b?: string) => boolean = (a, b) => a === b,
): string[] {
  return Object.keys({ ...wanted, ...actual })
    .filter((key) => !isTemplate(wanted[key] ?? "") && !same(wanted[key], actual[key]))
    .map((key) => {
      const [is, should] = [actual[key], wanted[key]].map((value) =>
        value && MAY_BE_SECRET.test(key) ? "set" : value,
      );
      return `${name}: ${key} is ${is ?? "absent"}, should be ${is === should ? "another" : (should ?? "absent")}`;
    });
}

/** Variables whose value is not printed: somebody may have set one by hand. */
const MAY_BE_SECRET = /^variable .*(?:secret|password|token|key)/i;

/** `1000m` is `1`, `1Gi` is `1024Mi`. */
function sameQuantity(a?: string, b?: string): boolean {
  return a === b || (a !== undefined && b !== undefined && bytesOf(a) === bytesOf(b));
}

const all = <T>(block: Block<T>): readonly T[] =>
  block === undefined ? [] : Array.isArray(block) ? block : [block as T];
const first = <T>(block: Block<T>): T | undefined => all(block)[0];

/** Whether only Terraform knows it. */
const isTemplate = (text: string) => /(^|[^$])\$\{/.test(text);
