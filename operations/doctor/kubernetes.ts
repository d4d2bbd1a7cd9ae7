import { Failure } from "../failure";
import { type Cluster, checkNamespace, reachCluster } from "../kubernetes/connection";
import type { KubernetesSettings } from "../kubernetes/kube-config";
import { findNetworkPlugin } from "../kubernetes/network-plugin";
import { type Placement, takesPod } from "../kubernetes/nodes";
import { openPath } from "../kubernetes/raw-request";
import type { Variables } from "../terraform/terraform";
import { type Checks, failed, type Outcome, passed, reason, skipped, warning } from "../verify/check";
import { checkPermissions } from "./permissions";

/** What an environment asks of a cluster. */
export interface ClusterNeeds extends KubernetesSettings {
  /** The nodes that pods may run on. */
  readonly placement: Placement;
  /** Pods of the registry. */
  readonly replicas: number;
  /** @default - storage is somebody else's */
  readonly storage?: { readonly nodes: number; readonly class?: string };
  /** Whether clients come by an Ingress. */
  readonly hasIngress: boolean;
}

/** Looks for everything of a cluster that `up` needs. */
export async function checkKubernetes(checks: Checks, needs: ClusterNeeds, variables: Variables): Promise<void> {
  const { context, namespace } = needs;
  let cluster: Cluster | undefined;
  await checks.run("kubernetes", `the cluster of context ${context} answers`, () =>
    told(async () => {
      const reached = await reachCluster(needs, variables);
      cluster = reached.cluster;
      return judgeVersion(reached.serverVersion, reached.cluster.server);
    }),
  );
  if (!cluster) return;
  const found = cluster;
  const isThere = await checks.run("namespace", `there is a namespace ${namespace}`, () =>
    told(async () => {
      await checkNamespace(found);
      return passed();
    }),
  );
  if (isThere) {
    await checks.run("permissions", "the login may do what the commands do", () =>
      told(() => checkPermissions(found, needs.hasIngress)),
    );
    await checks.run("pod-security", "what the namespace lets pods do", () => checkPodSecurity(found));
  }
  await checks.run("clock", "the clocks agree", () => checkClock(found));
  await checks.run("nodes", "nodes for the pods", () => checkNodes(found, needs));
  if (needs.storage)
    await checks.run("storage-class", "a storage class for the claims", () =>
      told(() => checkStorageClass(found, needs.storage?.class)),
    );
  await checks.run("network-plugin", "the network keeps NetworkPolicies", () => checkPlugin(found));
}

/** A failure as an outcome, with what to do. */
async function told(look: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await look();
  } catch (error) {
    return error instanceof Failure ? failed(error.message, error.remedy) : failed(reason(error));
  }
}

/** Pod Security Admission and `policy/v1` are in 1.25, and a spread over nodes that heeds their taints (`nodeTaintsPolicy`) since. */
const OLDEST_MINOR = 26;

function judgeVersion(version: string, server: string): Outcome {
  const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1]);
  return minor < OLDEST_MINOR
    ? failed(`${version}; 1.${OLDEST_MINOR} or newer is needed`, "upgrade the cluster")
    : passed(`${version} at ${server}`);
}

const ENFORCE = "pod-security.kubernetes.io/enforce";

async function checkPodSecurity({ core, context, namespace: name }: Cluster): Promise<Outcome> {
  const labels = await core.readNamespace({ name }).then(
    ({ metadata }) => metadata?.labels ?? {},
    () => undefined,
  );
  if (!labels) return skipped("this login may not look at namespaces");
  const level = labels[ENFORCE];
  if (level === "restricted") return passed("restricted, which all pods of a registry keep");
  return passed(
    `${level ?? "everything"}; a registry's pods keep restricted, too: kubectl --context ${context} label namespace ${name} --overwrite ${ENFORCE}=restricted`,
  );
}

const MAX_SKEW_SECONDS = 60;

/** Signatures and certificates are refused when clocks are minutes apart. */
async function checkClock(cluster: Cluster): Promise<Outcome> {
  const response = await openPath(cluster, "/version");
  response.resume();
  const skew = Math.round((Date.parse(response.headers.date ?? "") - Date.now()) / 1000);
  if (Number.isNaN(skew)) return skipped("the API server does not say its time");
  return Math.abs(skew) <= MAX_SKEW_SECONDS
    ? passed()
    : warning(`the API server is ${skew} s off`, "start a time service on both: timedatectl set-ntp true");
}

async function checkNodes({ core }: Cluster, { placement, replicas, storage }: ClusterNeeds): Promise<Outcome> {
  const found = await core.listNode().catch(() => undefined);
  if (!found) return skipped("this login may not look at nodes");
  const all = found.items;
  const ready = all.filter(
    (node) =>
      takesPod(node, placement) &&
      node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  const versions = [...new Set(ready.flatMap(({ status }) => status?.nodeInfo?.kubeletVersion ?? []))].join(", ");
  const text = `${ready.length} of ${all.length} take the pods${versions ? `, ${versions}` : ""}`;
  if (ready.length === 0)
    return failed(
      text,
      "kubectl describe nodes says why; a taint that the registry is to tolerate belongs into kubernetes.tolerations",
    );
  const wanted = Math.max(replicas, storage?.nodes ?? 1);
  if (ready.length >= wanted) return passed(text);
  const lost = storage && storage.nodes > 1 ? ` ${storage.nodes} RustFS pods on ${ready.length} nodes: ` : " ";
  return warning(
    `${text};${lost}several pods share a node, and end with it`,
    `a registry that survives the loss of a node needs ${wanted} of them`,
  );
}

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

async function checkStorageClass({ storage }: Cluster, wanted: string | undefined): Promise<Outcome> {
  const found = await storage.listStorageClass().catch(() => undefined);
  if (!found) return skipped("this login may not look at storage classes");
  const nameOf = (one: { metadata?: { name?: string } }) => one.metadata?.name ?? "?";
  const names = found.items.map(nameOf).join(", ");
  const chosen = found.items.find((one) =>
    wanted === undefined ? one.metadata?.annotations?.[DEFAULT_CLASS] === "true" : nameOf(one) === wanted,
  );
  if (!chosen) {
    const what = wanted === undefined ? "no storage class is the default" : `there is no storage class ${wanted}`;
    return failed(
      `${what}: claims would wait for ever`,
      names
        ? `there are: ${names}; write one as kubernetes.storage.storageClass`
        : "install a provisioner of volumes first",
    );
  }
  const { provisioner, allowVolumeExpansion, reclaimPolicy } = chosen;
  const text = `${nameOf(chosen)}, ${provisioner}${reclaimPolicy === "Retain" ? ", keeps the data of a deleted claim" : ""}`;
  return allowVolumeExpansion
    ? passed(text)
    : warning(`${text}: its volumes cannot grow`, "choose kubernetes.storage.sizeGb for years, or another class");
}

async function checkPlugin(cluster: Cluster): Promise<Outcome> {
  const plugin = await findNetworkPlugin(cluster);
  if (!plugin) return skipped("the network plugin cannot be recognised; verify tries it");
  if (plugin.enforces) return passed(plugin.name);
  return plugin.enforces === false
    ? warning(
        `${plugin.name} does not: every pod of the cluster reaches the storage, which is behind its keys only`,
        "only a network plugin such as Calico or Cilium keeps policies",
      )
    : skipped(`${plugin.name}: it depends on how it was set up; verify tries it`);
}
