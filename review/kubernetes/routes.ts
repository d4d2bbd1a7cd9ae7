import { get, list, record, strings, text } from "../../plan/json";
import type { Port, Route } from "../world/container";
import { block, count, type KubernetesObject, selects, textMap } from "./object";

/** Who leads from outside to the pods of a workload: host ports, Services, Ingresses. Inside the cluster there is no port to publish. */
export function routesTo(
  pod: KubernetesObject,
  labels: ReadonlyMap<string, string>,
  podSpec: unknown,
  objects: readonly KubernetesObject[],
): Port[] {
  const near = objects.filter(({ namespace }) => namespace === pod.namespace);
  const services = near.filter(({ kind, spec }) => {
    const selector = textMap(spec.selector);
    return kind === "service" && selector.size > 0 && selects(selector, labels);
  });
  const ingresses = near.filter(({ kind }) => kind === "ingress");
  const declared = list(get(podSpec, "container")).flatMap((container) => list(get(container, "port")));
  return [
    ...declared.flatMap((port) => hostPort(pod, port)),
    ...services.flatMap((service) => servicePorts(service, declared)),
    ...services.flatMap((service) => ingresses.flatMap((ingress) => ingressPorts(ingress, service, declared))),
  ];
}

function hostPort({ address }: KubernetesObject, port: unknown): Port[] {
  const external = count(get(port, "host_port"));
  if (!external) return [];
  const via: Route = { kind: "host-port", resource: address, tls: false };
  return [{ internal: count(get(port, "container_port")) ?? 0, external, address: "", protocol: protocol(port), via }];
}

const KINDS: Readonly<Record<string, Route["kind"]>> = { NodePort: "node-port", LoadBalancer: "load-balancer" };

function servicePorts({ address, spec }: KubernetesObject, declared: readonly unknown[]): Port[] {
  const kind = KINDS[text(spec.type) ?? ""] ?? (strings(spec.external_ips).length > 0 ? "external-ip" : undefined);
  if (!kind) return [];
  const ranges = strings(spec.load_balancer_source_ranges);
  const via: Route = { kind, resource: address, tls: false, sources: ranges.length > 0 ? ranges : undefined };
  return list(spec.port).map((port) => ({
    internal: target(port, declared),
    external: (kind === "node-port" ? count(get(port, "node_port")) : count(get(port, "port"))) || undefined,
    address: "",
    protocol: protocol(port),
    via,
  }));
}

/** A port of a Service goes to a number, or to what the pod calls by a name. */
function target(port: unknown, declared: readonly unknown[]): number {
  const told = get(port, "target_port");
  const number =
    count(told) ??
    count(
      get(
        declared.find((one) => get(one, "name") === told),
        "container_port",
      ),
    );
  return number || (count(get(port, "port")) ?? 0);
}

function protocol(port: unknown): string {
  return (text(get(port, "protocol")) ?? "TCP").toLowerCase();
}

function ingressPorts(ingress: KubernetesObject, service: KubernetesObject, declared: readonly unknown[]): Port[] {
  const ports = list(service.spec.port);
  return backends(ingress).flatMap(({ host, backend }): Port[] => {
    const to = block(backend, "service");
    if (to.name !== service.name) return [];
    const wanted = block(to, "port");
    const port =
      ports.find((one) => get(one, "port") === wanted.number || get(one, "name") === wanted.name) ?? ports[0];
    const tls = endsTls(ingress, host);
    const via: Route = { kind: "ingress", resource: ingress.address, host, tls };
    return [{ internal: target(port, declared), external: tls ? 443 : 80, address: "", protocol: "tcp", via }];
  });
}

/** Once for each host and Service, however many paths lead there. */
function backends({ spec }: KubernetesObject): { host?: string; backend: unknown }[] {
  const fallback = list(spec.default_backend).map((backend) => ({ host: undefined, backend }));
  const ruled = list(spec.rule).flatMap((rule) => {
    const paths = list(block(rule, "http").path).map((path) => list(get(path, "backend"))[0]);
    const first = new Map(paths.map((backend) => [block(backend, "service").name, backend]));
    return [...first.values()].map((backend) => ({ host: text(get(rule, "host")), backend }));
  });
  return [...fallback, ...ruled];
}

function endsTls({ spec }: KubernetesObject, host: string | undefined): boolean {
  return list(spec.tls).some((tls) => {
    const hosts = strings(get(tls, "hosts"));
    return hosts.length === 0 || (host !== undefined && hosts.some((name) => covers(name, host)));
  });
}

function covers(name: string, host: string): boolean {
  return name === host || (name.startsWith("*.") && host.slice(host.indexOf(".")) === name.slice(1));
}

/** The hosts that an Ingress answers for. */
export function hostsOf({ spec }: KubernetesObject): string[] {
  return [...new Set(list(spec.rule).flatMap((rule) => text(record(rule).host) ?? []))];
}
