import { isIP } from "node:net";
import type { PublishedPort } from "../platform/platform";
import type { Tls } from "../tls/tls";
import { type OptionRule, unless } from "./rule";

/** What of the registry depends on each other, defaults filled in. */
export interface RegistryChoices {
  readonly host: string;
  readonly publish: PublishedPort;
  readonly tls: Tls;
  readonly drainTimeoutSeconds: number;
  readonly stopTimeoutSeconds: number;
}

export const hostIsNoNamespace: OptionRule<RegistryChoices> = {
  id: "host-is-no-namespace",
  reads: ["host", "publish.port", "tls"],
  check: (choices) =>
    unless(
      /[.]|^localhost$/.test(choices.host) || isIP(choices.host) !== 0 || clientPort(choices) !== 443,
      "host",
      "must contain a dot when clients write no port: Docker takes a bare word for a user of Docker Hub",
      choices.host,
      "use a name such as registry.example.com, or another port than 443",
    ),
};

export const stopAfterDrain: OptionRule<RegistryChoices> = {
  id: "stop-after-drain",
  reads: ["stopTimeoutSeconds", "drainTimeoutSeconds"],
  check: ({ stopTimeoutSeconds, drainTimeoutSeconds }) =>
    unless(
      stopTimeoutSeconds > drainTimeoutSeconds,
      "stopTimeoutSeconds",
      `must exceed drainTimeoutSeconds ${drainTimeoutSeconds}, or requests are cut off`,
      stopTimeoutSeconds,
      `set it to ${drainTimeoutSeconds + 10}`,
    ),
};

/** Rules about the registry's own options. */
export const registryRules: readonly OptionRule<RegistryChoices>[] = [hostIsNoNamespace, stopAfterDrain];

/** The port that clients connect to: the proxy's, when there is one. */
function clientPort({ tls, publish }: RegistryChoices): number {
  return tls.mode === "behind-proxy" ? Number(new URL(tls.url).port || 443) : publish.port;
}
