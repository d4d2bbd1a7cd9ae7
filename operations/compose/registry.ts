import { isMap } from "../../constructs/values/is-map";
import { Failure } from "../failure";
import type { FoundProxy } from "./proxies";
import { type ReachChoices, reachKeys } from "./reach";
import type { Report } from "./report";
import type { ComposeService } from "./service";
import type { RegistrySettings } from "./settings";

type Keys = Record<string, unknown>;

/** The `registry` section of the environment file. */
export function registryKeys(
  service: ComposeService,
  settings: RegistrySettings,
  choices: ReachChoices,
  report: Report,
  proxy?: FoundProxy,
): Keys {
  return {
    ...reachKeys(service, settings, choices, report, proxy),
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
    const realm = settings.text("auth.token.realm");
    report.changed(
      "users log in by a password of this registry",
      `${realm ?? "a token server"} decided so far who may do what`,
      "auth.token",
    );
    report.warn(
      `the token server${realm ? ` ${realm}` : ""} is not taken over: every user may then push, overwrite and delete everything. Make the users with \`users add\`, and turn that server's list of rights into rules of \`access\``,
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
