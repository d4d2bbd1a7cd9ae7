import type { Container, Port } from "./container";
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
export function published({ address, external }: Port): string {
  return `${address}:${external ?? "(any port)"}`;
}

/** Who can connect, in words. */
export function reach({ address }: Port): string {
  if (isLoopback(address)) return "only the Docker host itself";
  return isEveryAddress(address) ? "everybody who reaches the Docker host" : `everybody who reaches ${address}`;
}

/** The port of profiling, metrics and health: no password, and with redis on, the whole configuration. */
export function debugPort(settings: Settings): number {
  const port = /:(\d{1,5})$/.exec(settings.values.get("http.debug.addr") ?? "")?.[1];
  return Number(port ?? 5001);
}
