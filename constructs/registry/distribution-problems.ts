import { Token } from "cdktf";
import {
  configurationProblems,
  type DistributionConfiguration,
  type DistributionOverrides,
} from "../distribution/configuration";
import { MIB } from "../distribution/values";
import type { PublishedPort } from "../platform/platform";
import { check, checkEach, checkKeys, publishProblems } from "../rules/checks";
import { type Problem, within } from "../rules/errors";
import { registryRules } from "../rules/registry";
import { brokenRules } from "../rules/rule";
import { tlsRules } from "../rules/tls";
import { tlsProblems } from "../tls/problems";
import type { Tls } from "../tls/tls";
import { CLIENT_HOST } from "../values/addresses";
import { RESTART } from "../values/choices";
import { CPUS, DRAIN_SECONDS, REGISTRY_MEMORY_MB, REGISTRY_STOP_SECONDS, UPLOADS } from "../values/limits";
import { dockerName, LABEL_NAME, REALM, REGISTRY_VARIABLE } from "../values/names";
import {
  DISTRIBUTION_CHUNK_SIZE_MB,
  memoryForUploads,
  tooLittleMemory,
  UPLOADS_AT_ONCE,
} from "../values/upload-memory";
import type { DistributionOptions } from "./distribution-registry";

/** An operator's choices with defaults filled in, as far as rules need them. */
export function registryChoices(options: DistributionOptions) {
  const tls: Tls = options.tls ?? { mode: "none" };
  const publish: Required<PublishedPort> = { address: "127.0.0.1", port: 5000, ...options.publish };
  const { host = "localhost", drainTimeoutSeconds = 20, stopTimeoutSeconds = 30 } = options;
  return { host, publish, tls, drainTimeoutSeconds, stopTimeoutSeconds };
}

/**
 * What is wrong with an operator's choices.
 *
 * @param configuration what Distribution would get
 * @param own the same without `options.configuration`
 */
export function distributionProblems(
  options: DistributionOptions,
  configuration: DistributionConfiguration,
  own: DistributionConfiguration,
): (Problem | undefined)[] {
  const choices = registryChoices(options);
  const single = [
    check("host", options.host, CLIENT_HOST),
    ...within("publish", publishProblems(options.publish)),
    ...tlsProblems(choices.tls),
    check("realm", options.realm, REALM),
    ...checkEach("extraNetworks", options.extraNetworks, dockerName("network")),
    check("uploadsAtOnce", options.uploadsAtOnce, UPLOADS),
    check("memoryMb", options.memoryMb, REGISTRY_MEMORY_MB) ?? checkMemory(options, chunkSizeMb(configuration)),
    check("cpus", options.cpus, CPUS),
    check("drainTimeoutSeconds", options.drainTimeoutSeconds, DRAIN_SECONDS),
    check("stopTimeoutSeconds", options.stopTimeoutSeconds, REGISTRY_STOP_SECONDS),
    check("restart", options.restart, RESTART),
    ...checkKeys("environment", options.environment, REGISTRY_VARIABLE),
    ...checkKeys("labels", options.labels, LABEL_NAME),
  ];
  const found = [
    ...single,
    ...brokenRules(registryRules, choices, single),
    ...brokenRules(tlsRules, choices, single),
    ...within("configuration", overrideProblems(options.configuration, configuration, own)),
  ].filter((problem) => problem !== undefined);
  // Whatever else Distribution would not take comes from the options above, which say it better.
  return found.length > 0 ? found : within("configuration", configurationProblems(configuration));
}

/** MiB that each running upload collects before it is sent on; other drivers than S3 collect nothing. */
export function chunkSizeMb({ storage: { s3 } }: DistributionConfiguration): number {
  if (!s3) return 0;
  const { chunksize } = s3;
  return typeof chunksize !== "number" || Token.isUnresolved(chunksize) ? DISTRIBUTION_CHUNK_SIZE_MB : chunksize / MIB;
}

function checkMemory({ memoryMb, uploadsAtOnce = UPLOADS_AT_ONCE }: DistributionOptions, chunkSizeMb: number) {
  if (memoryMb === undefined || Token.isUnresolved(memoryMb) || Token.isUnresolved(uploadsAtOnce)) return undefined;
  if (memoryMb >= memoryForUploads(chunkSizeMb, uploadsAtOnce)) return undefined;
  return {
    option: "memoryMb",
    rule: tooLittleMemory(chunkSizeMb, uploadsAtOnce),
    got: memoryMb,
    fix: "give more, or lower 'uploadsAtOnce' or the size of a part",
  };
}

/** What is wrong with keys that were given in Distribution's own terms. */
function overrideProblems(
  overrides: DistributionOverrides | undefined,
  configuration: DistributionConfiguration,
  own: DistributionConfiguration,
): (Problem | undefined)[] {
  if (overrides === undefined) return [];
  const given = configurationProblems(configuration).filter(({ option }) => has(overrides, option.split(".")));
  return given.length > 0 ? given : contradictions(configuration, own);
}

/** Whether a map has a key, or the map that the key would be in. */
function has(map: unknown, path: readonly string[]): boolean {
  const inside = (keys: readonly string[]) =>
    keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], map);
  return inside(path) !== undefined || (path.length > 1 && inside(path.slice(0, -1)) !== undefined);
}

/** Keys that the container, its health check and what clients are told depend on. */
function contradictions({ http, auth }: DistributionConfiguration, own: DistributionConfiguration) {
  const differs = (key: "addr" | "net" | "prefix" | "host") => http[key] !== own.http[key];
  const checks: [boolean, Problem][] = [
    [
      differs("addr") || differs("net"),
      {
        option: "http.addr",
        rule: "must stay :5000, where the published port leads",
        got: http.addr,
        fix: "remove it; the port of the host is `publish.port`",
      },
    ],
    [
      differs("prefix"),
      {
        option: "http.prefix",
        rule: "must not be set: Docker's clients know no prefix",
        got: http.prefix,
        fix: "remove it",
      },
    ],
    [
      (http.tls === undefined) !== (own.http.tls === undefined),
      {
        option: "http.tls",
        rule: "must not be turned on or off here: URLs and files depend on it",
        fix: "use the option `tls`",
      },
    ],
    [
      own.http.host !== undefined && differs("host"),
      { option: "http.host", rule: "must not differ from `tls.url`", got: http.host, fix: "remove it" },
    ],
    [
      http.debug === undefined || http.debug.addr.endsWith(":5000"),
      {
        option: "http.debug",
        rule: "must stay, on another port than 5000: the health check asks there",
        got: http.debug?.addr,
        fix: "remove it",
      },
    ],
    [
      own.auth !== undefined && (auth === undefined || auth.none !== undefined),
      {
        option: "auth",
        rule: "must not be removed: everybody who reaches the registry could push",
        fix: "remove it, or configure `auth.token`",
      },
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, problem]) => problem);
}
