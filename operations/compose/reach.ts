import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { isLoopback } from "../../constructs/values/ip";
import { isEveryAddress } from "../../constructs/values/publish";
import { Failure } from "../failure";
import type { FoundProxy } from "./proxies";
import type { Report } from "./report";
import { type ComposeService, hostPath } from "./service";
import type { RegistrySettings } from "./settings";

/** What the person who imports says, beyond the file. */
export interface ReachChoices {
  /** The name that clients use. @default - what the file says, or localhost */
  readonly host?: string;
  /** Why plain HTTP stays open to the network. @default - it is published on loopback */
  readonly plainHttpReason?: string;
}

type Keys = Record<string, unknown>;

/** How clients' connections were protected. */
interface FoundTls {
  /** The name that clients use. */
  readonly host?: string;
  /** Of `registry.tls`. @default - plain HTTP */
  readonly keys?: Keys;
  /** Where the port must be published now. @default - where it was */
  readonly address?: string;
}

/** How clients reach the registry: `host`, `publish` and `tls` of the environment file. */
export function reachKeys(
  service: ComposeService,
  settings: RegistrySettings,
  choices: ReachChoices,
  report: Report,
  proxy?: FoundProxy,
): Keys {
  const tls = readTls(service, settings, report, proxy);
  return {
    host: choices.host ?? tls.host ?? "localhost",
    ...publish(service, settings, tls, choices, report),
  };
}

function readTls(service: ComposeService, settings: RegistrySettings, report: Report, proxy?: FoundProxy): FoundTls {
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
  const keys = { mode: "behind-proxy", url: url.origin, ...(network && { network }) };
  return { host: url.hostname, keys, address: "127.0.0.1" };
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
  { keys: tls, address }: FoundTls,
  { plainHttpReason }: ReachChoices,
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
  if (tls) return { publish: { address: address ?? before, port: published }, tls };
  if (isOpen && plainHttpReason) {
    report.changed("plain HTTP stays, with its reason in the file", "every request carries the password in the clear");
    return { publish: { address: before, port: published }, tls: { mode: "none", reason: plainHttpReason } };
  }
  if (isOpen && port) {
    report.changed(
      `published on 127.0.0.1 instead of ${isEveryAddress(before) ? "every address" : before}`,
      "it speaks plain HTTP, and every request carries the password: set registry.tls and publish.address, or import with --plain-http-reason",
    );
  }
  return { publish: { address: isOpen ? "127.0.0.1" : before, port: published }, tls: { mode: "none" } };
}
