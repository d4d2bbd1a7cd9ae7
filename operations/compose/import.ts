import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { type Environment, loadEnvironments, publishedPorts } from "../../config";
import type { Htpasswd } from "../../constructs";
import { objectName } from "../../constructs/values/object-names";
import { ENVIRONMENTS, environmentPath } from "../environments";
import { Failure } from "../failure";
import { privatePath } from "../private-files";
import { copyCommands, switchCommands } from "./copy";
import { type ComposeFile, readComposeFile } from "./file";
import type { Values } from "./interpolate";
import { keepRules } from "./keep-rules";
import { keepLeftOver } from "./left-over";
import { type FoundProxy, findProxy } from "./proxies";
import type { ReachChoices } from "./reach";
import { proxyPassword, registryKeys } from "./registry";
import { findRegistries } from "./registry-service";
import { Report } from "./report";
import type { ComposeService } from "./service";
import { readSettings } from "./settings";
import { type ImportedStorage, importStorage } from "./storage";
import { staged, waiting } from "./switch";
import { importUsers } from "./users";
import { registryVersion, tellChangedDefaults } from "./version";

export interface ImportOptions extends ReachChoices {
  /** Names of the services that are registries. @default - those whose image is one, or is built from one */
  readonly service?: readonly string[];
  /** Name of the environment; of several, each gets its service's name besides. @default - the compose project's */
  readonly name?: string;
  /** The users' file. @default - where the compose file mounts it from */
  readonly htpasswd?: string;
  /** Version of Distribution in an image whose name does not tell. @default - what the tag says */
  readonly registryVersion?: string;
  /** Docker Compose's project name. @default - as Docker Compose finds it */
  readonly project?: string;
}

/** What an import found and made of it; nothing is written yet. */
export interface ComposeImport {
  readonly name: string;
  /** The environment file as it ends up, checked. */
  readonly yaml: string;
  /** The environment file until the switch. @default - it is the final one */
  readonly staged?: string;
  /** What the switch writes into it. */
  readonly switch: Record<string, unknown>;
  readonly environment: Environment;
  readonly users?: Htpasswd;
  readonly storage: ImportedStorage;
  /** Of the registry whose images a cache passes on. @default - none is needed, or the file has none */
  readonly proxyPassword?: string;
  readonly report: Report;
  /** The folder for the copy's files. */
  readonly folder: string;
  /** A shell script: what to run, in order. */
  readonly commands: string;
}

/**
 * Turns a compose deployment into environments, one for each of its registries: reads, decides, checks. Writes nothing.
 * @throws Failure saying what cannot be taken over, and what to do
 */
export function importCompose(path: string, variables: Values, options: ImportOptions): ComposeImport[] {
  const file = readComposeFile(path, variables, options.project);
  const registries = findRegistries(file, options.service);
  const project = options.name ?? environmentName(file.project);
  const nameOf = ({ name }: ComposeService) =>
    registries.length === 1 ? project : environmentName(`${project}-${name}`);
  const ports = freePorts(file, registries.map(nameOf));
  return registries.map((registry) =>
    importRegistry({ file, registry, registries, name: nameOf(registry), ports }, options),
  );
}

/** One of the registries of a compose file. */
interface Subject {
  readonly file: ComposeFile;
  readonly registry: ComposeService;
  readonly registries: readonly ComposeService[];
  /** Of the environment. */
  readonly name: string;
  /** Ports that are free. */
  readonly ports: Iterator<number, number>;
}

function importRegistry({ file, registry, registries, name, ports }: Subject, options: ImportOptions): ComposeImport {
  const report = new Report();
  const settings = readSettings(registry);
  const version = versionOfRegistry(registry, options, report);
  const storage = importStorage(file, registry, settings, report, version);
  const users = importUsers(registry, settings, options.htpasswd);
  const proxy = findProxy(file, registry);
  const keys = registryKeys(registry, settings, options, report, proxy);
  if (proxy) explainProxy(proxy, name, keys, report);
  const password = proxyPassword(settings);
  if (version) tellChangedDefaults(version, settings, report);
  const configuration = keepLeftOver(settings, report);
  const section = { ...keys, ...(configuration && { configuration }) };
  if (users) report.kept(`users ${users.names.join(", ")}`);
  explainOthers(file, registries, storage, report);
  for (const variable of file.absent)
    report.warn(`variable ${variable} of the compose file has no value; it was read as empty`);
  const sections = { registry: section, storage: storage.section };
  const write = (registry: object) => `${header(file.path)}${stringify({ ...sections, registry }, { lineWidth: 0 })}`;
  const whole = () => write(section);
  const environment = keepRules(file.path, environmentPath(name), sections, whole, report);
  report.count(settings.keys);
  const folder = privatePath(name, "import");
  const { old } = storage;
  const subject = { file, registry, name };
  const port = old ? ports.next().value : 0;
  return {
    ...{ name, users, storage, proxyPassword: password, report, folder, environment },
    yaml: whole(),
    staged: old && write(staged(section, port)),
    switch: waiting(section),
    commands: old ? copyCommands({ ...subject, folder, old, port }) : switchCommands(subject),
  };
}

/** @throws Failure for a version that is no number */
function versionOfRegistry(registry: ComposeService, options: ImportOptions, report: Report) {
  const version = registryVersion(registry, options.registryVersion);
  if (!version && options.registryVersion !== undefined)
    throw new Failure(
      `--registry-version must be Distribution's version, got ${options.registryVersion}`,
      "write e.g. 2.8.3",
    );
  if (!version)
    report.warn(
      `the Distribution version of ${registry.base || registry.name} is unknown, so the defaults of 3.1 were used. If it is another version, import again with e.g. --registry-version 2.8.3`,
    );
  return version;
}

/** Ports from 5001 on that neither a service of the compose file nor an environment publishes, but for those that are imported. */
function* freePorts({ services }: ComposeFile, imported: readonly string[]): Generator<number, number> {
  const others = loadEnvironments(ENVIRONMENTS).environments.filter(({ name }) => !imported.includes(name));
  const taken = new Set([
    ...services.flatMap(({ ports }) => ports.map(({ published }) => published)),
    ...others.flatMap((one) => publishedPorts(one).map(({ port }) => port)),
  ]);
  let port = 5000;
  for (;;) if (!taken.has(++port)) yield port;
}

function environmentName(project: string): string {
  return project
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
}

/** What has to be changed in a proxy that stays. */
function explainProxy(proxy: FoundProxy, name: string, { host }: Record<string, unknown>, report: Report): void {
  const { kind, where, upstream, limit, network } = proxy;
  report.kept(`${kind} in front, for ${String(host)} (${where})`);
  const to = `${objectName(name, "registry")}:5000`;
  if (upstream && network) report.warn(`in ${where}: \`${upstream}\` must lead to ${to}, on network ${network}`);
  if (!upstream && network) {
    const by = kind === "nginx-proxy" ? "variables" : "labels";
    report.changed(`the registry joins network ${network}`, `${kind} reaches it there, by the ${by} that come along`);
  }
  if (limit) report.warn(`\`${limit}\` (${where}) bounds a layer: raise or remove it, since images get larger`);
  else if (kind.startsWith("nginx"))
    report.warn(`nginx refuses layers of more than 1 MB by itself: client_max_body_size 0; in ${where}`);
}

/** Jobs that prepare the bucket are replaced; other services are nobody's business here. */
function explainOthers(
  file: ComposeFile,
  registries: readonly ComposeService[],
  storage: ImportedStorage,
  report: Report,
): void {
  const ours = [...registries.map(({ name }) => name), storage.old?.service.name];
  for (const service of file.services) {
    if (ours.includes(service.name)) continue;
    const isJob = /\bmc\b.*\bmb\b|\bs3(?:api)? (?:mb|create-bucket)\b|\brc mb\b/s.test(service.script);
    if (!isJob) {
      report.warn(
        `service ${service.name} (${service.image || service.base || "built"}) is not taken over; leave it in a compose file of its own`,
      );
      continue;
    }
    report.changed(
      `job ${service.name} → a job that only creates what is missing`,
      "it runs in RustFS's image; minio/mc is no longer published",
    );
    if (/\bmc\b[^;&|]*\brm\b|\brb\b/.test(service.script)) {
      report.warn(
        `never start or restart ${service.name} again: it empties bucket ${storage.old?.bucket ?? "of the registry"} each time`,
      );
    }
    if (/\b(?:policy|anonymous) set (?:public|download|upload)/.test(service.script)) {
      report.changed("the bucket is private", `${service.name} opened it to everybody, without a login`);
    }
  }
}

function header(path: string): string {
  const schema = existsSync(join(ENVIRONMENTS, "schema.json")) ? "# yaml-language-server: $schema=schema.json\n" : "";
  return `${schema}# Imported from ${basename(path)}. What is not written here has a safe default.\n\n`;
}
