import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import type { AccessOptions } from "../access/options";
import { type TokenServer, tokenConfiguration } from "../access/token-server";
import {
  configurationProblems,
  type DistributionConfiguration,
  type DistributionOverrides,
} from "../distribution/configuration";
import { accessPlaceRules } from "../rules/access";
import { check, checkEach, checkKeys, headerProblems, publishProblems } from "../rules/checks";
import { registryRules } from "../rules/registry";
import { brokenRules } from "../rules/rule";
import type { StorageConfiguration } from "../storage/storage";
import { RegistryTls } from "../tls/registry-tls";
import { CLIENT_HOST, origin, PORT } from "../values/addresses";
import { MIB } from "../values/bytes";
import { LOG_FORMAT, LOG_LEVEL, RESTART } from "../values/choices";
import { DRAIN, PUBLISHED } from "../values/defaults";
import { type Problem, within } from "../values/errors";
import {
  CPUS,
  DRAIN_SECONDS,
  LIST_ENTRIES,
  PROXY_TTL_HOURS,
  PURGE_AGE_HOURS,
  PURGE_INTERVAL_HOURS,
  REGISTRY_MEMORY_MB,
  REGISTRY_STOP_SECONDS,
  UPLOADS,
} from "../values/limits";
import { LISTENING } from "../values/listening";
import { dockerName, LABEL_NAME, LOG_FIELD, METRICS_PATH, REALM, REGISTRY_VARIABLE, USER } from "../values/names";
import {
  DISTRIBUTION_CHUNK_SIZE_MB,
  memoryForUploads,
  tooLittleMemory,
  UPLOADS_AT_ONCE,
} from "../values/upload-memory";
import { valueAt } from "../values/value-at";
import { configure } from "./configuration";
import { NO_CREDENTIALS } from "./credentials";
import { notificationProblems } from "./notifications";
import type { DistributionOptions } from "./options";

/** An operator's choices with defaults filled in, as far as rules need them. */
export function registryChoices(options: DistributionOptions) {
  const { host = "localhost", tls = RegistryTls.none() } = options;
  return { ...DRAIN, ...defined(options), host, tls, publish: { ...PUBLISHED, ...defined(options.publish) } };
}

/** What the configuration is checked with. */
interface Sources {
  readonly storage?: StorageConfiguration;
  readonly htpasswd?: unknown;
  /** The registry's name and rights, or the token server that has them. @default - passwords */
  readonly tokens?: { readonly name: string; readonly access: AccessOptions };
  readonly tokenServer?: Pick<TokenServer, "authentication">;
}

/** What is wrong with an operator's choices, all at once. Nothing is made. */
export function distributionProblems(
  scope: IConstruct,
  options: DistributionOptions,
  { storage, htpasswd, tokens, tokenServer }: Sources,
): (Problem | undefined)[] {
  const { tls, ...choices } = registryChoices(options);
  const tlsProblems = within("tls", tls.problems());
  // A choice of TLS that is broken itself makes no configuration; what is wrong with it is told all the same.
  const isTlsFine = !tlsProblems.some(Boolean);
  const bound = isTlsFine ? tls.bind(scope, choices) : undefined;
  const token =
    tokens && bound
      ? {
          auth: tokenConfiguration({
            ...tokens,
            tls: bound,
            host: choices.host,
            isBehindProxy: tls.endedBy === "proxy",
          }),
        }
      : tokenServer?.authentication.configuration;
  const sources = { storage, credentials: NO_CREDENTIALS, hasUsers: htpasswd !== undefined, token, tls: bound };
  const configuration = configure(options, sources);
  const own = configure({ ...options, configuration: undefined }, sources);
  const single = [...optionProblems(options, configuration), ...tlsProblems];
  const all = { ...choices, tls: tls.options };
  const found = [
    ...single,
    ...brokenRules(registryRules, { ...all, cache: options.cache }, single),
    ...brokenRules(tls.rules, all, single),
    ...brokenRules(accessPlaceRules, { ...choices, tls: { mode: tls.mode }, access: tokens?.access }, single),
    ...within("configuration", overrideProblems(options.configuration, configuration, own)),
  ].filter((problem) => problem !== undefined);
  return [
    // Whatever else Distribution would not take comes from the options above, which say it better.
    ...(found.length > 0 ? found : within("configuration", configurationProblems(configuration))),
    ...(isTlsFine ? tls.fileProblems(scope, choices.host) : []),
  ];
}

function optionProblems(options: DistributionOptions, configuration: DistributionConfiguration) {
  const { log, uploadPurging, limits, metrics, proxy } = options;
  return [
    check("host", options.host, CLIENT_HOST),
    ...within("publish", publishProblems(options.publish)),
    check("realm", options.realm, REALM),
    check("log.level", log?.level, LOG_LEVEL),
    check("log.format", log?.format, LOG_FORMAT),
    ...checkKeys("log.fields", log?.fields, LOG_FIELD),
    check(
      "redirectEndpoint",
      options.redirectEndpoint,
      origin("write what clients reach, e.g. https://s3.example.com"),
    ),
    ...within("cache", options.cache?.problems ?? []),
    check("uploadPurging.ageHours", uploadPurging?.ageHours, PURGE_AGE_HOURS),
    check("uploadPurging.intervalHours", uploadPurging?.intervalHours, PURGE_INTERVAL_HOURS),
    check("limits.tags", limits?.tags, LIST_ENTRIES),
    check("limits.catalog", limits?.catalog, LIST_ENTRIES),
    ...headerProblems("headers", options.headers),
    check("metrics.network", metrics?.network, dockerName("network")),
    check("metrics.port", metrics?.port, PORT),
    check("metrics.path", metrics?.path, METRICS_PATH),
    ...within("notifications", notificationProblems(options.notifications)),
    check("proxy.remoteUrl", proxy?.remoteUrl, origin("write e.g. https://registry-1.docker.io")),
    check("proxy.ttlHours", proxy?.ttlHours, PROXY_TTL_HOURS),
    check("proxy.username", proxy?.username, USER),
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
}

/** Without what was given as `undefined`, which is as good as not given. */
function defined<T extends object>(options: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
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
  return valueAt(map, path) !== undefined || (path.length > 1 && valueAt(map, path.slice(0, -1)) !== undefined);
}

/** Keys that the container, its health check and what clients are told depend on. */
function contradictions({ http, auth }: DistributionConfiguration, own: DistributionConfiguration) {
  const differs = (key: "addr" | "net" | "prefix" | "host") => http[key] !== own.http[key];
  const checks: [boolean, Problem][] = [
    [
      differs("addr") || differs("net"),
      {
        option: "http.addr",
        rule: `must stay :${LISTENING.registry}, where the published port leads`,
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
      http.debug === undefined || http.debug.addr.endsWith(`:${LISTENING.registry}`),
      {
        option: "http.debug",
        rule: `must stay, on another port than ${LISTENING.registry}: the health check asks there`,
        got: http.debug?.addr,
        fix: "remove it",
      },
    ],
    [
      auth?.htpasswd !== undefined && own.auth?.htpasswd !== undefined && auth.htpasswd.path !== own.auth.htpasswd.path,
      {
        option: "auth.htpasswd.path",
        rule: `must stay ${own.auth?.htpasswd?.path}, where the users' file is: nobody could log in`,
        got: auth?.htpasswd?.path,
        fix: "remove it",
      },
    ],
    [
      own.auth?.token !== undefined && JSON.stringify(auth?.token) !== JSON.stringify(own.auth.token),
      {
        option: "auth.token",
        rule: "must not differ from what `access` makes: nobody could log in",
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
