import { RegistryImages } from "../../constructs/images";
import { INSTANCE_LABEL } from "../../constructs/platform/kubernetes-objects";
import { objectName } from "../../constructs/values/object-names";
import { containerNames, storageServer } from "../../stacks";
import { command } from "../command";
import type { KubernetesConnection } from "../kubernetes/connection";
import type { V1Pod } from "../kubernetes/library";
import { takesPod } from "../kubernetes/nodes";
import { mainContainer, mainStatus, podName } from "../kubernetes/pod";
import { podsBy } from "../kubernetes/workload";
import { describeDeath, memoryRemedy } from "../runtime/death";
import { startFailure } from "../runtime/start-failure";
import type { Secrets } from "../secrets/file";
import { CONFIG_FILE } from "../storage/access";
import { checkBucketKey } from "./bucket-key";
import { type Checks, failed, type Outcome, passed, skipped, warning } from "./check";
import { type InsideExpectations, visibleValues } from "./inside";
import { checkNetwork } from "./network-policies";
import { restrictedProblems } from "./restricted";

/** What only the cluster can tell: pods, where they run, what they may, what leaks, who reaches the storage. */
export async function checkInsideKubernetes(
  checks: Checks,
  cluster: KubernetesConnection,
  { environment, secrets }: InsideExpectations,
): Promise<void> {
  const { name } = environment;
  const server = storageServer(environment);
  const images = new RegistryImages(environment.images);
  const pinned = new Map([
    [objectName(name, "registry"), images.distribution.toString()],
    ...(server ? [[server.container, server.image.toString()] as const] : []),
  ]);
  const pods = new Map<string, readonly V1Pod[]>();
  for (const container of containerNames(environment)) {
    const noun = container.slice(name.length + 1);
    await checks.run(`${noun}-healthy`, `${container}: all pods are ready`, () => health(cluster, container, name));
    const own = await podsOf(cluster, container);
    pods.set(container, own);
    const image = pinned.get(container);
    if (image && own.length > 0)
      await checks.run(`${noun}-image`, `${container} runs the image that is pinned`, () => checkImage(own, image));
  }
  const all = await podsBy(cluster, { matchLabels: { [INSTANCE_LABEL]: name } });
  await checks.run("restricted", "pods may no more than they must (Pod Security Standard restricted)", () =>
    checkRestricted(cluster, all),
  );
  await checks.run("no-token", "no pod has a token of the cluster", () => checkTokens(all));
  await checks.run("spread", "pods run on several nodes", () => checkSpread(cluster, [...pods]));
  await checks.run("same-configuration", "all pods of the registry have the same configuration", () =>
    checkConfiguration(cluster, pods.get(objectName(name, "registry")) ?? []),
  );
  if (server) {
    await checks.run("data-volume", "the data is where it should be", () => checkClaims(cluster, server.container));
    await checks.run("storage-private", "storage is reached inside the cluster only", () =>
      checkStorageServices(cluster, name),
    );
    await checks.run("bucket-key", "the registry's key reaches its own bucket and no other", () =>
      checkBucketKey(cluster, server, secrets),
    );
  }
  await checkNetwork(checks, cluster, environment);
  await checks.run("no-secrets", "no pod and no ConfigMap shows a secret", () =>
    checkLeaks(cluster, name, all, secrets),
  );
}

async function podsOf(cluster: KubernetesConnection, container: string): Promise<readonly V1Pod[]> {
  const names = await cluster.instances(container);
  const { namespace } = cluster;
  return Promise.all(names.map((name) => cluster.core.readNamespacedPod({ name, namespace })));
}

async function health(cluster: KubernetesConnection, container: string, environment: string): Promise<Outcome> {
  const found = await cluster.find(container);
  if (!found?.pods) return failed(`there is no ${container}`, `${command("up", environment)} makes it`);
  const { ready, wanted, unready } = found.pods;
  const noun = container.slice(environment.length + 1);
  const logs = `${command("logs", environment, noun)} says more`;
  const text = `${ready} of ${wanted} ready`;
  const failure = startFailure(found, environment, cluster.host);
  const told = unready.map(({ pod, why }) => `${pod}: ${why}`).join("; ");
  if (failure) return failed(`${text}; ${told || failure.message}`, failure.remedy);
  if (wanted === 0) return failed("scaled to no pods", command("up", environment));
  if (ready < wanted) return failed(`${text}${told ? `; ${told}` : ""}`, logs);
  const death = await found.death();
  if (!death) return passed(text);
  const restarts = `${text}, ${found.restarts} ${found.restarts === 1 ? "restart" : "restarts"}, ${describeDeath(death)}`;
  if (death.cause === "orderly") return passed(restarts);
  return warning(restarts, memoryRemedy(death, noun, environment) ?? logs);
}

function checkImage(pods: readonly V1Pod[], image: string): Outcome {
  const others = pods.filter((pod) => mainContainer(pod)?.image !== image);
  if (others.length > 0)
    return failed(
      `${others.map((pod) => `${podName(pod)} runs ${mainContainer(pod)?.image}`).join("; ")}, and pinned is ${image}`,
      (name) => command("up", name),
    );
  if (image.includes("@")) return passed(image.replace(/(@sha256:.{12}).*/, "$1…"));
  const ids = new Set(pods.flatMap((pod) => /sha256:[0-9a-f]{64}$/.exec(mainStatus(pod)?.imageID ?? "")?.[0] ?? []));
  return ids.size > 1
    ? failed(`${image}: the pods run ${ids.size} different images under that tag`, "add @sha256:… to the image")
    : warning(`${image}: by tag, which may move; add @sha256:…`);
}

/** Label of a namespace with what its pods must keep. */
const ENFORCE = "pod-security.kubernetes.io/enforce";

async function checkRestricted(cluster: KubernetesConnection, pods: readonly V1Pod[]): Promise<Outcome> {
  const { core, namespace: name, context } = cluster;
  const problems = pods.flatMap((pod) => restrictedProblems(pod).map((problem) => `${podName(pod)}: ${problem}`));
  if (problems.length > 0) return failed(problems.join("; "), (environment) => command("up", environment));
  const labels = await core.readNamespace({ name }).then(
    ({ metadata }) => metadata?.labels ?? {},
    () => undefined,
  );
  const count = `${pods.length} pods`;
  if (labels?.[ENFORCE] === "restricted") return passed(`${count}; the namespace takes no others`);
  return passed(
    `${count}; to let the namespace take no others: kubectl --context ${context} label namespace ${name} ${ENFORCE}=restricted`,
  );
}

function checkTokens(pods: readonly V1Pod[]): Outcome {
  const withToken = pods.filter(({ spec }) =>
    spec?.volumes?.some(({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken)),
  );
  return withToken.length === 0
    ? passed()
    : failed(`mounted in ${withToken.map(podName).join(", ")}`, (name) => command("up", name));
}

/** Of one node that is lost, all would go at once. */
async function checkSpread(
  { core }: KubernetesConnection,
  workloads: readonly (readonly [container: string, pods: readonly V1Pod[]])[],
): Promise<Outcome> {
  const several = workloads.filter(([, pods]) => pods.length > 1);
  if (several.length === 0) return skipped("nothing runs as several pods");
  const spread = several.map(([container, pods]) => ({
    container,
    pods: pods.length,
    nodes: new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? [])).size,
  }));
  const text = spread.map(({ container, pods, nodes }) => `${container}: ${pods} on ${nodes}`).join(", ");
  // All of a registry's pods may run on the same nodes.
  const placement = several[0]?.[1][0]?.spec ?? {};
  const nodes = await core.listNode().then(
    ({ items }) => items.filter((node) => takesPod(node, placement)).length,
    () => undefined,
  );
  const crowded = spread.filter((one) => one.nodes < Math.min(one.pods, nodes ?? one.pods));
  if (nodes === 1) return passed(`${text}; one node takes the pods, and everything ends with it`);
  if (crowded.length === 0) return passed(text);
  return warning(
    `${text}${nodes === undefined ? "" : `, and ${nodes} nodes take them`}: with one node several pods are lost`,
    "delete a pod of a node that has several: the scheduler looks for a better node. Do kubernetes.nodeSelector and kubernetes.tolerations leave enough nodes?",
  );
}

async function checkConfiguration(cluster: KubernetesConnection, pods: readonly V1Pod[]): Promise<Outcome> {
  const sums = await Promise.all(
    pods.map(async (pod) => (await cluster.script(podName(pod), 'sha256sum < "$1"', [CONFIG_FILE])).trim()),
  );
  if (pods.length === 0) return failed("no pod runs");
  return new Set(sums).size === 1
    ? passed(pods.length === 1 ? "one pod" : `${pods.length} pods`)
    : failed("pods differ: a rollout is still running, or did not come to its end", (name) => command("up", name));
}

async function checkClaims({ core, namespace }: KubernetesConnection, container: string): Promise<Outcome> {
  const { items } = await core.listNamespacedPersistentVolumeClaim({ namespace });
  const own = items.filter(({ metadata }) => metadata?.name?.startsWith(`data-${container}-`));
  const unbound = own.filter(({ status }) => status?.phase !== "Bound");
  if (own.length === 0) return failed(`there are no claims data-${container}-…`, (name) => command("up", name));
  if (unbound.length > 0)
    return failed(
      unbound.map(({ metadata, status }) => `${metadata?.name} is ${status?.phase}`).join(", "),
      (name) => `${command("doctor", name)} looks at the storage class`,
    );
  const sizes = [...new Set(own.map(({ status }) => status?.capacity?.storage ?? "?"))].join(", ");
  return passed(`${own.length} ${own.length === 1 ? "claim" : "claims"} of ${sizes}`);
}

async function checkStorageServices({ core, namespace }: KubernetesConnection, environment: string): Promise<Outcome> {
  const { items } = await core.listNamespacedService({ namespace, labelSelector: `${INSTANCE_LABEL}=${environment}` });
  const toStorage = items.filter(({ spec }) => spec?.ports?.some(({ port }) => port === 9000 || port === 9001));
  const wide = toStorage.filter(({ spec }) => spec?.type !== "ClusterIP" || (spec.externalIPs ?? []).length > 0);
  if (wide.length > 0)
    return failed(wide.map(({ metadata, spec }) => `Service ${metadata?.name} is a ${spec?.type}`).join(", "), (name) =>
      command("up", name),
    );
  return passed(toStorage.map(({ metadata }) => metadata?.name).join(", "));
}

async function checkLeaks(
  { core, namespace }: KubernetesConnection,
  environment: string,
  pods: readonly V1Pod[],
  secrets: Secrets,
): Promise<Outcome> {
  const values = visibleValues(secrets);
  if (values.length === 0) return skipped("no secrets at hand to look for");
  const labelSelector = `${INSTANCE_LABEL}=${environment}`;
  const maps = (await core.listNamespacedConfigMap({ namespace, labelSelector })).items;
  const shown = [
    ...pods.map((pod) => ({ where: `pod ${podName(pod)}`, text: JSON.stringify([pod.spec, pod.metadata]) })),
    ...maps.map(({ metadata, data }) => ({
      where: `ConfigMap ${metadata?.name}`,
      text: Object.values(data ?? {}).join("\n"),
    })),
  ];
  const leaks = shown.flatMap(({ where, text }) =>
    values.filter(({ value }) => text.includes(value)).map(({ name }) => `${name} in ${where}`),
  );
  return leaks.length === 0
    ? passed()
    : failed(leaks.join(", "), "whoever may look at pods and ConfigMaps reads it: rotate it");
}
