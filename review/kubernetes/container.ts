import { get, type Json, list, strings, text } from "../../plan/json";
import { bytesOf, DEFAULT_GRACE_SECONDS, DEFAULT_ROLLOUT_SECONDS } from "../../plan/kubernetes-facts";
import { UNKNOWN } from "../../plan/model";
import type { Container, Port } from "../world/container";
import { parseImage } from "../world/image";
import { identify } from "../world/roles";
import { mounted, readVolumes } from "./files";
import { block, count, type KubernetesObject, textMap } from "./object";
import { containersOf, type Pods, podsOf } from "./pod";
import { routesTo } from "./routes";

/** Labels that say what a pod is for: of other tools, and of ours. */
const COMPONENTS = ["app.kubernetes.io/component", "dev.private-registry.component"];

/** The containers of all pods that an object keeps. */
export function readContainers(object: KubernetesObject, objects: readonly KubernetesObject[]): Container[] {
  const pods = podsOf(object);
  if (!pods) return [];
  const labels = textMap(block(pods.template, "metadata").labels);
  const volumes = readVolumes(object, pods.podSpec, objects);
  const ports = routesTo(object, labels, pods.podSpec, objects);
  const parts = containersOf(pods.podSpec);
  const lone = parts.length === 1;
  return parts.map(({ container, isInit }, index) => {
    const part = text(get(container, "name"));
    const name = lone || index === 0 ? object.name : `${object.name}/${part ?? index}`;
    const own = isInit ? [] : portsOf(container, ports, parts, index === 0);
    return readContainer(
      { object, pods, labels, container, isInit },
      { name, part, isMain: index === 0, ports: own, ...mounted(container, volumes) },
    );
  });
}

interface Place {
  readonly object: KubernetesObject;
  readonly pods: Pods;
  readonly labels: ReadonlyMap<string, string>;
  readonly container: unknown;
  readonly isInit: boolean;
}

type Found = Pick<Container, "name" | "part" | "isMain" | "ports" | "mounts" | "uploads">;

function readContainer({ object, pods, labels, container, isInit }: Place, found: Found): Container {
  const { kind, values } = object;
  const env = environment(container);
  const args = [...strings(get(container, "command")), ...strings(get(container, "args"))];
  const isJob = isInit || kind === "job" || kind === "cron_job";
  const image = text(get(container, "image"));
  const security = block(container, "security_context");
  const component = COMPONENTS.map((label) => labels.get(label)).find(Boolean);
  const probe = block(container, "readiness_probe");
  const shown = {
    ...found,
    isJob,
    image: image === undefined || image === UNKNOWN ? undefined : parseImage(image),
    arguments: args,
  };
  const replicas = kind === "pod" || isInit ? undefined : pods.replicas;
  return {
    ...shown,
    ...identify({ ...shown, component, uploads: found.uploads.map(({ file }) => file) }),
    address: object.address,
    values,
    workload: { kind, namespace: object.namespace, replicas, podLabels: labels, template: pods.template },
    runsOnCreate: kind === "job" && !isInit,
    exit: kind === "job" && !isInit ? (get(values, "wait_for_completion") === false ? "ignored" : "waited") : undefined,
    env,
    envInView: viewOf(container),
    labels,
    networks: [],
    sharesHostNetwork: get(pods.podSpec, "host_network") === true,
    isPrivileged: security.privileged === true,
    restarts: isJob || (get(pods.podSpec, "restart_policy") ?? "Always") !== "Never",
    isStopped: replicas === 0,
    memoryMb: memoryOf(container),
    healthCommand: ["readiness_probe", "liveness_probe", "startup_probe"].flatMap((name) =>
      strings(block(container, name, "exec").command),
    ),
    told: { env: get(container, "env"), args, files: found.uploads.map(({ content }) => content) },
    timing: timingOf(pods, probe, values),
  };
}

/** Of a pod with several containers: what a container declares is its own, what none declares belongs to the first. */
function portsOf(
  container: unknown,
  ports: readonly Port[],
  parts: { container: unknown }[],
  isFirst: boolean,
): Port[] {
  const declares = (one: unknown, internal: number) =>
    list(get(one, "port")).some((port) => count(get(port, "container_port")) === internal);
  return ports.filter(({ internal }) =>
    declares(container, internal) ? true : isFirst && !parts.some((part) => declares(part.container, internal)),
  );
}

function environment(container: unknown): Map<string, string> {
  return new Map(
    list(get(container, "env")).flatMap((one): [string, string][] => {
      const [name, value] = [text(get(one, "name")), get(one, "value")];
      return name && typeof value === "string" && !isReference(one) ? [[name, value]] : [];
    }),
  );
}

/** The provider writes an empty `value` beside `value_from`. */
function isReference(one: unknown): boolean {
  return list(get(one, "value_from")).length > 0;
}

function viewOf(container: unknown): Container["envInView"] {
  const env = get(container, "env");
  if (typeof env === "string") return env === UNKNOWN ? "unknown" : "secret";
  const elsewhere = list(get(container, "env_from")).length > 0;
  return elsewhere || list(env).some(isReference) ? "unknown" : "known";
}

function memoryOf(container: unknown): number | undefined {
  const limits = get(block(container, "resources"), "limits");
  const bytes = bytesOf(get(limits, "memory"));
  return bytes === undefined ? undefined : Math.round(bytes / 1024 ** 2);
}

function timingOf({ podSpec }: Pods, probe: Json, values: unknown): Container["timing"] {
  const checks = Object.keys(probe).length > 0;
  const waits = get(values, "wait_for_rollout") !== false;
  return {
    stopGraceSeconds: count(podSpec.termination_grace_period_seconds) ?? DEFAULT_GRACE_SECONDS,
    waitSeconds: waits && checks ? DEFAULT_ROLLOUT_SECONDS : undefined,
    healthIntervalSeconds: checks
      ? Math.max(count(probe.initial_delay_seconds) ?? 0, count(probe.period_seconds) || 10)
      : undefined,
  };
}
