import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { isLoopback } from "../../constructs/values/ip";
import { isMap } from "../../constructs/values/is-map";
import { Failure } from "../failure";
import { type ComposeService, hostPath } from "./file";
import type { FoundProxy } from "./proxies";
import type { Report } from "./report";
import type { RegistrySettings } from "./settings";

/** What the person who imports says, beyond the file. */
export interface RegistryChoices {
  /** The name that clients use. @default - what the file says, or localhost */
  readonly host?: string;
  /** Why plain HTTP stays open to the network. @default - it is published on loopback */
  readonly plainHttpReason?: string;
}

type Keys = Record<string, unknown>;

/** The `registry` section of the environment file. */
export function registryKeys(
  service: ComposeService,
  settings: RegistrySettings,
  choices: RegistryChoices,
  report: Report,
  proxy?: FoundProxy,
): Keys {
  const tls = readTls(service, settings, report, proxy);
  return {
    host: choices.host ?? tls.host ?? "localhost",
    ...publish(service, settings, tls.keys, choices, report),
    ...authentication(settings, report),
    ...pullThrough(settings, report),
    ...behaviour(settings, report),
    ...container(service, report),
  };
}

/** The password is a secret: `proxyPassword` reads it. */
function pullThrough(settings: RegistrySettings, report: Report): Keys {
  const remoteUrl = settings.text("proxy.remoteurl");
  if (!remoteUrl) return {};
  const username = settings.text("proxy.username");
  const ttl = settings.text("proxy.ttl");
  report.kept(`cache of ${remoteUrl}`);
  report.changed(
    `cached layers stay until \`cache trim\` removes them${ttl ? `, not for ${ttl}` : ""}`,
    `Distribution removes them ${ttl ?? "a week"} after the first pull, used or not`,
    "proxy.ttl",
  );
  return { proxy: { remoteUrl: new URL(remoteUrl).origin, ...(username && { username }) } };
}

/** The password at the registry whose images are passed on. */
export const proxyPassword = (settings: RegistrySettings) => settings.text("proxy.password");

function readTls(
  service: ComposeService,
  settings: RegistrySettings,
  report: Report,
  proxy?: FoundProxy,
): { host?: string; keys?: Keys } {
  const hosts = settings.list("http.tls.letsencrypt.hosts");
  const email = settings.text("http.tls.letsencrypt.email");
  if (settings.get("http.tls.letsencrypt.cachefile") || hosts.length > 0) {
    if (hosts.length === 0 || !email) {
      throw new Failure(
        "Let's Encrypt needs hosts and an e-mail address",
        "set both in the compose file and import it again",
      );
    }
    report.changed(
      "Let's Encrypt's cache moves to a volume of its own",
      "one new certificate is asked for; renewals go on by themselves",
      "http.tls.letsencrypt.cachefile",
    );
    dropUrl(settings, report);
    const directoryUrl = settings.text("http.tls.letsencrypt.directoryurl");
    return { host: hosts[0], keys: { mode: "lets-encrypt", email, hosts, ...(directoryUrl && { directoryUrl }) } };
  }
  const certificate = settings.text("http.tls.certificate");
  const key = settings.text("http.tls.key");
  const proxied = settings.text("http.host");
  if (certificate && key) {
    const host = proxied && URL.canParse(proxied) ? new URL(proxied).hostname : undefined;
    if (!host) dropUrl(settings, report);
    return { host, keys: certificateKeys(service, certificate, key, settings, report) };
  }
  const url = proxied?.startsWith("https://") ? new URL(proxied) : proxy && new URL(`${proxy.scheme}://${proxy.host}`);
  if (url?.origin !== proxied) dropUrl(settings, report);
  if (!url) return {};
  const network = proxy?.network;
  return { host: url.hostname, keys: { mode: "behind-proxy", url: url.origin, ...(network && { network }) } };
}

/** The URL that the registry named itself by, where something else decides it now. */
function dropUrl(settings: RegistrySettings, report: Report): void {
  if (settings.get("http.host") !== undefined)
    report.changed("http.host is not needed", "registry.host and registry.tls say what clients write", "http.host");
}

/** Files stay where they are; what is in a volume, or not there at all, gets a place that is named. */
function certificateKeys(
  service: ComposeService,
  certificate: string,
  key: string,
  settings: RegistrySettings,
  report: Report,
): Keys {
  const path = (inside: string) => {
    const file = hostPath(service, inside);
    if (!file) {
      const here = join("certificates", basename(inside));
      const container = service.containerName ?? service.name;
      report.warn(`before \`up\`: mkdir -p certificates && docker cp -L ${container}:${inside} ${here}`);
      return here;
    }
    if (!existsSync(file))
      report.warn(`${file} is not there: put it there before \`up\`, ${inside} of the old registry`);
    const nearby = relative("", file);
    const shown = nearby.startsWith("..") ? file : nearby;
    return shown;
  };
  const clientCas = settings.list("http.tls.clientcas");
  const minimum = settings.text("http.tls.minimumtls");
  const isOld = minimum === "tls1.0" || minimum === "tls1.1";
  if (isOld)
    report.changed(`TLS ${minimum.slice(3)} → 1.2`, "Distribution 3 speaks no older one", "http.tls.minimumtls");
  const minimumVersion = isOld ? undefined : minimum;
  const cipherSuites = settings.list("http.tls.ciphersuites");
  const clientAuth = settings.text("http.tls.clientauth");
  return {
    mode: "certificate",
    certificateFile: path(certificate),
    keyFile: path(key),
    ...(clientCas.length > 0 && { clientCaFiles: clientCas.map(path) }),
    ...(minimumVersion && { minimumVersion }),
    ...(cipherSuites.length > 0 && { cipherSuites }),
    ...(clientAuth && { clientAuth }),
  };
}

function publish(
  service: ComposeService,
  settings: RegistrySettings,
  tls: Keys | undefined,
  { plainHttpReason }: RegistryChoices,
  report: Report,
): Keys {
  const inside = Number.parseInt(settings.text("http.addr")?.split(":").pop() ?? "5000", 10);
  const port = service.ports.find(({ target }) => target === inside);
  if (tls?.network !== undefined) return { tls };
  if (!port) report.changed("the registry is published on 127.0.0.1:5000", "the compose file publishes it nowhere");
  if (inside !== 5000)
    report.changed(`it listens on 5000 in its container, not on ${inside}`, "the published port stays", "http.addr");
  const published = port?.published ?? 5000;
  const before = port?.address ?? "0.0.0.0";
  const isOpen = !isLoopback(before);
  report.kept(`port ${published}`);
  if (tls?.mode === "behind-proxy") return { publish: { address: "127.0.0.1", port: published }, tls };
  if (tls) return { publish: { address: before, port: published }, tls };
  if (isOpen && plainHttpReason) {
    report.changed("plain HTTP stays, with its reason in the file", "every request carries the password in the clear");
    return { publish: { address: before, port: published }, tls: { mode: "none", reason: plainHttpReason } };
  }
  if (isOpen && port) {
    report.changed(
      `published on 127.0.0.1 instead of every address`,
      "it speaks plain HTTP, and every request carries the password: set registry.tls and publish.address, or import with --plain-http-reason",
    );
  }
  return { publish: { address: isOpen ? "127.0.0.1" : before, port: published }, tls: { mode: "none" } };
}

function authentication(settings: RegistrySettings, report: Report): Keys {
  const [kind] = settings.below("auth");
  if (kind === "htpasswd") {
    settings.get("auth.htpasswd.path");
    const realm = settings.text("auth.htpasswd.realm");
    if (realm) report.kept(`realm ${realm}`);
    return realm ? { realm } : {};
  }
  settings.get("auth");
  if (kind === "token") {
    const server = settings.text("auth.token.realm") ?? "a token server";
    report.changed(
      "users log in by a password of this registry",
      `${server} decided so far who may do what`,
      "auth.token",
    );
    report.warn(
      `tokens of ${server} are not taken over: every user may then push, overwrite and delete everything. Make the users with \`users add\`, and keep that server's list of rights for when there are rights for each repository`,
    );
    return {};
  }
  if (kind !== undefined && kind !== "silly") {
    throw new Failure(
      `the registry lets users in by auth.${kind}`,
      "import takes htpasswd and token only; write the environment file by hand",
    );
  }
  report.changed("users must log in", "the compose file lets everybody in; `secrets init` makes the first user");
  return {};
}

function behaviour(settings: RegistrySettings, report: Report): Keys {
  const deletes = settings.flag("storage.delete.enabled");
  if (deletes === undefined) {
    report.changed("clients may delete", "otherwise old images stay for ever; registry.delete: false refuses it");
  }
  const wasInS3 = settings.below("storage").some((key) => key.startsWith("s3"));
  if (wasInS3 && settings.flag("storage.redirect.disable") !== true) {
    report.changed(
      "layers go through the registry",
      "clients must reach the S3 server to be sent there; registry.redirect: true does so where they can",
      "storage.redirect",
    );
  }
  const cacheType = settings.text("storage.cache.blobdescriptor") ?? settings.text("storage.cache.layerinfo");
  if (cacheType === "redis") {
    settings.get("redis");
    const keys = ["redis", "storage.cache.blobdescriptor", "storage.cache.layerinfo"];
    report.changed("blob cache redis → inmemory", "one registry needs no Redis; registry.cache takes one", ...keys);
  }
  const size = settings.number("storage.cache.blobdescriptorsize");
  if (settings.get("http.secret") !== undefined)
    report.changed("a new upload secret", "pushes that are under way start again", "http.secret");
  for (const [key, why] of Object.entries(OURS)) {
    const had = settings.get(key);
    if (had !== undefined && why) report.changed(`${key} is set anew`, why, key);
  }
  const drain = settings.seconds("http.draintimeout");
  const headers = settings.get("http.headers");
  return {
    ...logging(settings, report),
    ...(deletes !== undefined && { delete: deletes }),
    ...(settings.flag("storage.maintenance.readonly.enabled") && { readOnly: true }),
    ...purging(settings),
    ...(size && cacheType !== "redis" && { cache: { type: "inmemory", size } }),
    ...limits(settings),
    ...(isMap(headers) && { headers: headerLists(headers) }),
    ...(drain && { drainTimeoutSeconds: drain, stopTimeoutSeconds: Math.max(30, drain + 10) }),
  };
}

/** Keys that the constructs set, whatever the old deployment had, with why; nothing where it was said already. */
const OURS: Readonly<Record<string, string | undefined>> = {
  version: undefined,
  "storage.redirect": undefined,
  "storage.cache": undefined,
  health: "the registry's health check asks the storage every 10 s",
  "http.relativeurls": "clients get addresses that tls decides; tls.relativeUrls is for a proxy with several names",
  "http.net": "the port in the container is the construct's",
  "http.debug": "the debug port is reached from within the container only; registry.metrics opens it to Prometheus",
};

function limits(settings: RegistrySettings): Keys {
  const catalog = settings.number("catalog.maxentries");
  const tags = settings.number("tags.maxtags");
  const given = { ...(catalog && catalog > 0 && { catalog }), ...(tags && { tags }) };
  return Object.keys(given).length > 0 ? { limits: given } : {};
}

/** Values as text, which is what Distribution makes of them: YAML reads some as numbers or booleans. */
function headerLists(headers: object): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [name, (Array.isArray(values) ? values : [values]).map(String)]),
  );
}

function logging(settings: RegistrySettings, report: Report): Keys {
  const older = settings.text("loglevel");
  const level = settings.text("log.level") ?? older;
  if (older !== undefined && level !== older)
    report.changed("loglevel is not needed", "log.level decides beside it", "loglevel");
  if (level === "debug")
    report.changed(
      "log level debug → info",
      "debug tells much about every request, and slows pushes down",
      settings.get("log.level") === undefined ? "loglevel" : "log.level",
    );
  const format = settings.text("log.formatter");
  const fields = settings.get("log.fields");
  const accessLogOff = settings.flag("log.accesslog.disabled");
  const log = {
    ...(level && level !== "debug" && { level }),
    ...(format && { format }),
    ...(accessLogOff !== undefined && { accessLog: !accessLogOff }),
    ...(isMap(fields) && {
      fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])),
    }),
  };
  return Object.keys(log).length > 0 ? { log } : {};
}

function purging(settings: RegistrySettings): Keys {
  const at = "storage.maintenance.uploadpurging";
  const hours = (seconds?: number) => seconds && Math.max(1, Math.round(seconds / 3600));
  const keys = {
    enabled: settings.flag(`${at}.enabled`),
    ageHours: hours(settings.seconds(`${at}.age`)),
    intervalHours: hours(settings.seconds(`${at}.interval`)),
    dryRun: settings.flag(`${at}.dryrun`),
  };
  const given = Object.entries(keys).filter(([, value]) => value !== undefined);
  return given.length > 0 ? { uploadPurging: Object.fromEntries(given) } : {};
}

/** Variables by which nginx-proxy finds what it leads to. */
const OF_NGINX_PROXY = /^(VIRTUAL_(HOST|PORT|PROTO)|LETSENCRYPT_(HOST|EMAIL))$/;

function container(service: ComposeService, report: Report): Keys {
  const { restart, labels } = service;
  const environment = Object.entries(service.environment).filter(([name]) => OF_NGINX_PROXY.test(name));
  const kept = restart === "always" || restart === "on-failure" ? restart : undefined;
  if (!kept && restart !== "unless-stopped")
    report.changed("restart: unless-stopped", "it came back neither after a crash nor after a reboot");
  return {
    ...(kept && { restart: kept }),
    ...(environment.length > 0 && { environment: Object.fromEntries(environment) }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
}
