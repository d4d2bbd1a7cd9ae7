import type { Container, Port, Route } from "./container";
import type { Settings } from "./settings";

export function isLoopback(address: string): boolean {
  return /^(127\.|localhost$|::1$|\[::1\]$)/.test(address);
}

export function isEveryAddress(address: string): boolean {
  return ["0.0.0.0", "::", "[::]", ""].includes(address);
}

export function publicPorts(container: Container): readonly Port[] {
  return container.ports.filter(({ address }) => !isLoopback(address));
}

/** `0.0.0.0:5000`, for a sentence. */
export function published({ address, external, via }: Port): string {
  const number = external ?? "(any port)";
  switch (via?.kind) {
    case "node-port":
      return `port ${external ?? "(chosen by Kubernetes)"} of every node`;
    case "load-balancer":
      return `port ${number} of a load balancer${via.sources ? ` for ${via.sources.join(", ")}` : ""}`;
    case "external-ip":
      return `port ${number} of external addresses`;
    case "host-port":
      return `port ${number} of its node`;
    case "ingress":
      return `${via.tls ? "https" : "http"}://${via.host ?? "(any host)"} by an Ingress`;
    default:
      return `${address}:${number}`;
  }
}

/** How far a way leads: a wider one is news, a narrower one is not. */
export function width({ address, via }: Port): number {
  switch (via?.kind) {
    case "host-port":
    case "node-port":
    case "external-ip":
      return 1;
    case "load-balancer":
      return via.sources ? 2 : 3;
    default:
      return isLoopback(address) ? 0 : 1;
  }
}

/** Who can connect, in words. */
export function reach({ address, via }: Port): string {
  if (via) return `everybody who reaches ${REACHED[via.kind]}`;
  if (isLoopback(address)) return "only the Docker host itself";
  return isEveryAddress(address) ? "everybody who reaches the Docker host" : `everybody who reaches ${address}`;
}

const REACHED: Readonly<Record<Route["kind"], string>> = {
  "external-ip": "one of these addresses",
  "host-port": "the node",
  ingress: "the Ingress",
  "load-balancer": "the load balancer",
  "node-port": "a node",
};

/** The port of profiling, metrics and health: no password, and with redis on, the whole configuration. */
export function debugPort(settings: Settings): number {
  const port = /:(\d{1,5})$/.exec(settings.values.get("http.debug.addr") ?? "")?.[1];
  return Number(port ?? 5001);
}
