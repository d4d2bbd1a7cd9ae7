import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { stringify } from "yaml";
import type { Environment } from "../../config";
import type { Htpasswd } from "../../constructs";
import { describe, storageServer } from "../../stacks";
import { ENVIRONMENTS } from "../environments";
import { Failure } from "../failure";
import { makePrivateFolder, PRIVATE_FOLDER, privatePath, writePrivateFile } from "../private-files";
import { readSecrets, secretsPath, writeSecrets } from "../secrets/file";
import { decidedElsewhere, initSecrets } from "../secrets/secrets";
import { type Beside, copyCommands, copyFiles, directoryCommands } from "./copy";
import { type ComposeFile, type ComposeService, readComposeFile } from "./file";
import type { Values } from "./interpolate";
import { keepRules } from "./keep-rules";
import { keepLeftOver } from "./left-over";
import { type RegistryChoices, registryKeys } from "./registry";
import { Report } from "./report";
import { readSettings } from "./settings";
import { type ImportedStorage, importStorage } from "./storage";
import { importUsers } from "./users";
import { registryVersion, tellChangedDefaults } from "./version";

export interface ImportOptions extends RegistryChoices {
  /** Name of the environment. @default - the compose project's */
  readonly name?: string;
  /** Which service is the registry. @default - the one whose image is one */
  readonly service?: string;
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
  /** The environment file, checked. */
  readonly yaml: string;
  readonly environment: Environment;
  readonly users?: Htpasswd;
  readonly storage: ImportedStorage;
  readonly report: Report;
  /** The folder for the copy's files. */
  readonly folder: string;
  /** A shell script: what to run, in order. */
  readonly commands: string;
}

/**
 * Turns a compose deployment of a registry into an environment: reads, decides, checks. Writes nothing.
 * @throws Failure saying what cannot be taken over, and what to do
 */
export function importCompose(path: string, variables: Values, options: ImportOptions): ComposeImport {
  const file = readComposeFile(path, variables, options.project);
  const report = new Report();
  const registry = findRegistry(file, options.service);
  const settings = readSettings(registry);
  const version = versionOfRegistry(registry, options, report);
  const name = options.name ?? environmentName(file.project);
  const storage = importStorage(file, registry, settings, report, version);
  const users = importUsers(registry, settings, options.htpasswd);
  const keys = registryKeys(registry, settings, options, report);
  if (version) tellChangedDefaults(version, settings, report);
  const configuration = keepLeftOver(settings, report);
  const sections = { registry: { ...keys, ...(configuration && { configuration }) }, storage: storage.section };
  if (users) report.kept(`users ${users.names.join(", ")}`);
  explainOthers(file, registry, storage, report);
  for (const variable of file.absent)
    report.warn(`variable ${variable} of the compose file has no value; it was read as empty`);
  const write = () => `${header(path)}${stringify(sections, { lineWidth: 0 })}`;
  const environment = keepRules(path, environmentPath({ name }), sections, write, report);
  report.count(settings.keys);
  const folder = privatePath(name, "import");
  return {
    ...{ name, users, storage, report, folder, environment },
    yaml: write(),
    commands: storage.directory
      ? directoryCommands(file, registry, name, folder, besides(environment))
      : copyCommands(file, registry, name, folder, storage.old),
  };
}

/** Let's Encrypt asks at the port that the old registry has; every other one may begin on another. */
function besides({ name, registry: { tls, publish } }: Environment): Beside | undefined {
  if (tls.mode === "lets-encrypt") return undefined;
  return { environmentFile: environmentPath({ name }), port: publish.port };
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
      `which version of Distribution ${registry.image || registry.name} is cannot be seen; its defaults were taken for those of 3.1: if it is another one, import again with --registry-version 2.8.3`,
    );
  return version;
}

/**
 * Writes what an import made: the environment file, and its secrets.
 * @returns the file's path
 * @throws Failure when another file of that name exists and is not to be replaced
 */
export function writeImport(imported: ComposeImport, replace: boolean): string {
  const path = environmentPath(imported);
  const isThere = existsSync(path) && readFileSync(path, "utf8") !== imported.yaml;
  if (isThere && !replace) {
    throw new Failure(`${path} exists already`, "choose another --name, or replace it with --force");
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, imported.yaml);
  writeImportedSecrets(imported);
  return path;
}

/** Where the environment file of an import belongs. */
export const environmentPath = ({ name }: Pick<ComposeImport, "name">) => join(ENVIRONMENTS, `${name}.yaml`);

/** Writes the secrets: users as they are, keys of a service that stays, new ones for the rest; and what the copy needs. */
export function writeImportedSecrets({ name, environment, users, storage, folder }: ComposeImport) {
  const path = secretsPath(name);
  const before = readSecrets(path);
  writeSecrets(path, {
    ...(users && { registry_htpasswd: users.toString() }),
    ...(storage.keys && {
      registry_s3_access_key: storage.keys.accessKey,
      registry_s3_secret_key: storage.keys.secretKey,
    }),
    ...before,
  });
  const elsewhere = decidedElsewhere(environment);
  initSecrets(path, describe([environment]).stacks[0]?.variableNames ?? [], { elsewhere });
  const { registry_s3_access_key: accessKey = "", registry_s3_secret_key: secretKey = "" } = readSecrets(path);
  const old = storage.old ?? storage.directory;
  const server = storageServer(environment);
  if (old && server) {
    const { bucket, region } = server;
    makePrivateFolder(folder, PRIVATE_FOLDER);
    for (const [file, content] of Object.entries(copyFiles(old, { accessKey, secretKey, bucket, region }))) {
      writePrivateFile(join(folder, file), content);
    }
  }
}

const REGISTRY_IMAGE = /(?:^|\/)(?:registry|distribution)(?:[:@]|$)/;

function findRegistry(file: ComposeFile, named?: string): ComposeService {
  const isRegistry = ({ name, image, base = "" }: ComposeService) =>
    named ? name === named : REGISTRY_IMAGE.test(image) || REGISTRY_IMAGE.test(base);
  const found = file.services.filter(isRegistry);
  const [registry] = found;
  if (registry && found.length === 1) return registry;
  const known = file.services.map(({ name, image }) => `${name} (${image || "built"})`).join(", ");
  throw new Failure(
    `${file.path} has ${found.length === 0 ? "no registry" : "several registries"}: ${known}`,
    "name the service that is the registry: --service NAME",
  );
}

function environmentName(project: string): string {
  return project
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
}

/** Jobs that prepare the bucket are replaced; other services are nobody's business here. */
function explainOthers(file: ComposeFile, registry: ComposeService, storage: ImportedStorage, report: Report): void {
  for (const service of file.services) {
    if (service === registry || service === storage.old?.service) continue;
    const isJob = /\bmc\b.*\bmb\b|\bs3(?:api)? (?:mb|create-bucket)\b|\brc mb\b/s.test(service.script);
    if (!isJob) {
      report.warn(
        `service ${service.name} (${service.image}) is not taken over; leave it in a compose file of its own`,
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
