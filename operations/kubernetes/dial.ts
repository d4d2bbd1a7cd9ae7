import { Failure } from "../failure";
import type { Dial } from "../runtime/runtime";
import type { Cluster } from "./connection";
import { orNothing } from "./failure";
import type { V1Pod, V1Service } from "./library";
import { isReady, mainContainer } from "./pod";
import { tunnelThroughPod, tunnelToPod } from "./pod-tunnel";
import { podsBy } from "./workload";

/**
 * Opens connections as a pod would. To a Service of the namespace it is a forwarded port of one of its pods, as `kubectl
 * port-forward` has it, which works with any image; everything else is asked for from inside the pod.
 */
export function dialFromPod(cluster: Cluster, findPod: () => Promise<V1Pod>): Dial {
  return async (host, port) => {
    if (host === "localhost" || host === "127.0.0.1") return tunnelToPod(cluster, await findPod(), port);
    const target = await targetOf(cluster, host, port);
    return target
      ? tunnelToPod(cluster, target.pod, target.port)
      : tunnelThroughPod(cluster, await findPod(), host, port);
  };
}

/** The pod that a name of the namespace leads to; nothing: it is none of its Services. */
async function targetOf(
  cluster: Cluster,
  host: string,
  port: number,
): Promise<{ readonly pod: V1Pod; readonly port: number } | undefined> {
  const { core, namespace } = cluster;
  const name = serviceIn(namespace, host);
  const service = name && (await orNothing(core.readNamespacedService({ name: name.service, namespace })));
  if (!name || !service?.spec?.selector) return undefined;
  const pods = await podsBy(cluster, { matchLabels: service.spec.selector });
  const ready = pods.filter((pod) => isReady(pod) && (!name.pod || pod.metadata?.name === name.pod));
  const pod = ready[Math.floor(Math.random() * ready.length)];
  if (!pod) throw new Failure(`No pod behind the Service ${name.service} is ready`);
  return { pod, port: portOf(service, pod, port) };
}

/** `rustfs`, `rustfs.lab`, `lab-rustfs-0.lab-rustfs.lab.svc.cluster.local`. */
function serviceIn(namespace: string, host: string): { readonly service: string; readonly pod?: string } | undefined {
  if (!/^[a-z]/.test(host)) return undefined;
  const labels = host.replace(/\.$/, "").split(".");
  const at = labels.findIndex((label, n) => n > 0 && label === namespace && (labels[n + 1] ?? "svc") === "svc");
  const own = at < 0 ? labels : labels.slice(0, at);
  if (own.length === 1 && own[0]) return { service: own[0] };
  if (own.length === 2 && own[0] && own[1] && own[0].startsWith(`${own[1]}-`)) return { service: own[1], pod: own[0] };
  return undefined;
}

function portOf({ spec }: V1Service, pod: V1Pod, port: number): number {
  const target = spec?.ports?.find((one) => one.port === port)?.targetPort ?? port;
  if (typeof target === "number") return target;
  return mainContainer(pod)?.ports?.find(({ name }) => name === target)?.containerPort ?? port;
}
