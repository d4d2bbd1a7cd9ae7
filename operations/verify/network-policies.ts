import type { Environment } from "../../config";
import { INSTANCE_LABEL } from "../../constructs/platform/kubernetes-objects";
import { objectName } from "../../constructs/values/object-names";
import { storageServer } from "../../stacks";
import { command } from "../command";
import type { KubernetesConnection } from "../kubernetes/connection";
import { findNetworkPlugin } from "../kubernetes/network-plugin";
import { type Checks, failed, type Outcome, passed, skipped, warning } from "./check";

/** Who reaches whom: the registry its storage, and the storage nobody. */
export async function checkNetwork(
  checks: Checks,
  cluster: KubernetesConnection,
  environment: Environment,
): Promise<void> {
  const server = storageServer(environment);
  if (!server) return;
  const registry = objectName(environment.name, "registry");
  await checks.run("storage-reached", "the registry reaches its storage", async () => {
    const script = "wget -Y off -q -T 5 -O /dev/null http://rustfs:9000/health && echo yes || echo no";
    const answer = (await cluster.script(registry, script, [], 15_000)).trim();
    return answer === "yes"
      ? passed()
      : failed("http://rustfs:9000/health does not answer there", (name) => `${command("status", name)} says more`);
  });
  await checks.run("network-policies", "the network keeps everybody else from the storage", () =>
    checkPolicies(cluster, environment.name, server.container),
  );
}

async function checkPolicies(cluster: KubernetesConnection, environment: string, storage: string): Promise<Outcome> {
  const { networking, namespace } = cluster;
  const { items } = await networking.listNamespacedNetworkPolicy({
    namespace,
    labelSelector: `${INSTANCE_LABEL}=${environment}`,
  });
  if (items.length === 0) return failed("there are no NetworkPolicies", (name) => command("up", name));
  const names = items.map(({ metadata }) => metadata?.name).join(", ");
  const way = await wayOut(cluster, storage);
  if (way === "closed") return passed(`${names}; tried: from the storage no way leads out`);
  const plugin = await findNetworkPlugin(cluster);
  if (way === "open" || plugin?.enforces === false)
    return warning(
      `${names} are there, and the network plugin${plugin ? `, ${plugin.name},` : ""} does not keep them: every pod of the cluster reaches the storage`,
      "only a network plugin such as Calico or Cilium keeps policies; what is stored is still behind its keys",
    );
  return plugin?.enforces
    ? passed(`${names}; ${plugin.name} keeps them`)
    : skipped(`${names} are there; whether they are kept depends on the network plugin, which could not be tried`);
}

/** The API server, which answers at a name of the cluster that every pod knows, and which storage has no business with. */
const ELSEWHERE = "https://kubernetes.default.svc/";

/** Tries what the storage's policy forbids: curl says 28 for no answer, 7 for refused, 0 and 60 for one that answered. */
async function wayOut(cluster: KubernetesConnection, storage: string): Promise<"open" | "closed" | "unknown"> {
  const script = `curl --silent --insecure --connect-timeout 4 --max-time 6 --output /dev/null "$1"; echo $?`;
  const code = await cluster.script(storage, script, [ELSEWHERE], 15_000).catch(() => "");
  if (code.trim() === "0") return "open";
  return code.trim() === "28" || code.trim() === "7" ? "closed" : "unknown";
}
