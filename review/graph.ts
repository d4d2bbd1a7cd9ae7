import { kindOf } from "../plan/kubernetes-facts";
import { type Action, UNKNOWN } from "../plan/model";
import { knownName } from "./name";
import type { Transition } from "./rule";
import type { Container, Mount } from "./world/container";
import { publicPorts, published } from "./world/ports";

/** Containers, networks, volumes, directories and published ports, and who is connected to what. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

export interface Node {
  /** Unique within the graph. */
  readonly key: string;
  readonly kind: "container" | "job" | "network" | "volume" | "directory" | "port";
  readonly label: string;
  readonly action: Action;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

export function graphOf(transition: Transition): Graph {
  const { plan, before, after } = transition;
  const actions = new Map(plan.changes.map(({ address, action }) => [address, action]));
  const nodes = new Map<string, Node>();
  const edges = new Map<string, Edge>();
  const put = (node: Node) => {
    if (!nodes.has(node.key)) nodes.set(node.key, node);
    return node.key;
  };
  const connect = (edge: Edge) => edges.set(`${edge.from}\n${edge.to}`, edge);
  for (const { address, type, values } of after.resources) {
    putPlace(type, knownName(values) ?? address, actions.get(address) ?? "none", put);
  }
  // What goes, and what a replacement leaves behind under an old name.
  for (const { address, type, values } of before.resources) {
    const action = actions.get(address);
    if (action === "delete" || action === "replace") putPlace(type, knownName(values) ?? address, "delete", put);
  }
  const gone = before.containers.filter(({ address }) => actions.get(address) === "delete");
  for (const container of [...after.containers, ...gone]) {
    const claims = (mount: Mount) =>
      [...after.volumes, ...before.volumes]
        .filter(({ users }) => users.some(([, used]) => used === mount))
        .flatMap(({ name }) => name ?? []);
    addContainer(container, actions.get(container.address) ?? "none", put, connect, claims);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

function putPlace(type: string, name: string, action: Action, put: (node: Node) => string): void {
  const isVolume = type === "docker_volume" || kindOf(type) === "persistent_volume_claim";
  const kind = type === "docker_network" ? "network" : isVolume ? "volume" : undefined;
  if (kind) put({ key: `${kind} ${name}`, kind, label: name, action });
}

function addContainer(
  container: Container,
  action: Action,
  put: (node: Node) => string,
  connect: (edge: Edge) => void,
  claims: (mount: Mount) => readonly string[],
): void {
  const own = put({
    key: `container ${container.address}${container.isMain ? "" : ` ${container.name}`}`,
    kind: container.isJob ? "job" : "container",
    label: container.name,
    action,
  });
  for (const port of container.ports) {
    const label = port.via ? published(port) : `${port.address}:${port.external ?? "?"}`;
    const wide = publicPorts(container).includes(port);
    const key = put({
      key: `port ${label}/${port.protocol}`,
      kind: "port",
      label: wide ? `${label} (public)` : label,
      action: "none",
    });
    connect({ from: key, to: own, label: String(port.internal) });
  }
  for (const network of container.networks) {
    if (network !== UNKNOWN)
      connect({ from: own, to: put({ key: `network ${network}`, kind: "network", label: network, action: "none" }) });
  }
  addMounts(container, own, put, connect, claims);
}

function addMounts(
  container: Container,
  own: string,
  put: (node: Node) => string,
  connect: (edge: Edge) => void,
  claims: (mount: Mount) => readonly string[],
): void {
  for (const mount of container.mounts) {
    const { kind, source, path } = mount;
    if (!source || source === UNKNOWN || (kind !== "volume" && kind !== "directory")) continue;
    const named = container.workload ? claims(mount) : [];
    for (const name of named.length > 0 ? named : [source]) {
      connect({ from: own, to: put({ key: `${kind} ${name}`, kind, label: name, action: "none" }), label: path });
    }
  }
}
