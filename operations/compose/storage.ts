import { existsSync, readFileSync } from "node:fs";
import { MIB } from "../../constructs/values/bytes";
import { DEFAULT_REGION } from "../../constructs/values/defaults";
import { isLoopback } from "../../constructs/values/ip";
import { Failure } from "../failure";
import { type ComposeFile, type ComposeService, hostPath } from "./file";
import type { Report } from "./report";
import type { RegistrySettings } from "./settings";
import type { RegistryVersion } from "./version";

/** An S3 server of the compose file, whose objects have to be copied. */
export interface OldStorage {
  readonly service: ComposeService;
  readonly scheme: string;
  readonly port: number;
  readonly bucket: string;
  readonly region: string;
  /** Every object of the registry begins with it. */
  readonly prefix: string;
  readonly keys?: S3KeyPair;
}

export interface S3KeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface ImportedStorage {
  /** The `storage` section of the environment file. */
  readonly section: Record<string, unknown>;
  /** @default - the bucket is in a service outside of the file, and stays where it is */
  readonly old?: OldStorage;
  /** Keys of a service that stays. */
  readonly keys?: S3KeyPair;
  /** A directory in the registry's container that its images have to be copied from. @default - they are in S3 */
  readonly directory?: string;
}

/** Reads where the images are, and says where they will be. */
export function importStorage(
  file: ComposeFile,
  registry: ComposeService,
  settings: RegistrySettings,
  report: Report,
  version?: RegistryVersion,
): ImportedStorage {
  const at =
    settings.only("storage", ["cache", "delete", "redirect", "maintenance", "tag", "s3"]) === "s3aws"
      ? "storage.s3aws"
      : "storage.s3";
  const bucket = settings.text(`${at}.bucket`);
  if (!bucket) return onDisk(registry, settings, report);
  const region = settings.text(`${at}.region`) ?? DEFAULT_REGION;
  const root = settings.text(`${at}.rootdirectory`)?.replace(/^\/+|\/+$/g, "");
  const keys = { bucket, region, ...(root && { rootDirectory: `/${root}` }), ...sizes(settings, at) };
  for (const kept of [`bucket ${bucket}`, `region ${region}`, root && `root directory /${root}`])
    if (kept) report.kept(kept);

  const endpoint = settings.text(`${at}.regionendpoint`);
  const url = endpoint ? parseEndpoint(endpoint, settings.flag(`${at}.secure`) ?? true) : undefined;
  const service = file.services.find(({ hostNames }) => hostNames.includes(url?.hostname ?? ""));
  const given = keyPair(settings.text(`${at}.accesskey`), settings.text(`${at}.secretkey`));
  if (!service || !url) {
    report.kept("the S3 service and everything in it");
    return { section: { s3: { ...externalKeys(settings, at, url, version?.major === 2), ...keys } }, keys: given };
  }
  explainServer(service, at, settings, report);
  return {
    section: { rustfs: keys },
    old: {
      ...{ service, bucket, region },
      scheme: url.protocol.replace(":", ""),
      port: Number(url.port) || (url.protocol === "https:" ? 443 : 80),
      prefix: `${root ? `${root}/` : ""}docker/registry/v2/`,
      keys: given ?? rootKeys(service),
    },
  };
}

/** Where Distribution keeps images unless it is told. */
const USUAL_DIRECTORY = "/var/lib/registry";

/** Images in a directory are copied into a bucket, where they have the same names. A cache fills itself. */
function onDisk(registry: ComposeService, settings: RegistrySettings, report: Report): ImportedStorage {
  const driver = settings.only("storage", ["cache", "delete", "redirect", "maintenance", "tag"]) ?? "filesystem";
  if (settings.get("proxy.remoteurl") !== undefined) {
    report.changed("the cache begins empty", "it fills itself from its upstream as before", `storage.${driver}`);
    settings.get(`storage.${driver}`);
    return { section: { rustfs: {} } };
  }
  if (driver !== "filesystem")
    throw new Failure(
      `service ${registry.name} keeps its images by the driver ${driver}, not in S3 or a directory`,
      "start with a new environment file, and bring the images over with `skopeo sync` or `crane copy`",
    );
  const directory = settings.text("storage.filesystem.rootdirectory") ?? USUAL_DIRECTORY;
  const isMounted = registry.mounts.some(({ target }) => `${directory}/`.startsWith(`${target.replace(/\/$/, "")}/`));
  // The image declares a volume there.
  if (!isMounted && directory !== USUAL_DIRECTORY)
    throw new Failure(
      `service ${registry.name} keeps its images in ${directory} of its container, which no other container reaches`,
      `copy them out (docker cp ${registry.containerName ?? registry.name}:${directory} images), mount that folder at ${directory}, and import again`,
    );
  report.changed(
    `images in ${directory} → RustFS, pinned by digest`,
    "they are copied into a bucket, under the same names; the directory stays as it is",
    "storage.filesystem",
  );
  settings.get("storage.filesystem");
  report.changed(
    "the data lies on a named volume, which Terraform refuses to destroy",
    "storage.rustfs.directories takes directories of the host",
  );
  return { section: { rustfs: {} }, directory };
}

function sizes(settings: RegistrySettings, at: string): Record<string, number> {
  const chunk = settings.number(`${at}.chunksize`);
  const copies = settings.number(`${at}.multipartcopymaxconcurrency`);
  return {
    ...(chunk && { chunkSizeMb: Math.min(5120, Math.max(5, Math.ceil(chunk / MIB))) }),
    ...(copies && { multipartCopyConcurrency: Math.min(1000, copies) }),
  };
}

function externalKeys(
  settings: RegistrySettings,
  at: string,
  url: URL | undefined,
  isVersion2: boolean,
): Record<string, unknown> {
  // Version 2 always put the bucket into the path when it had an endpoint, and has no such key.
  const given = settings.flag(`${at}.forcepathstyle`);
  const forcePathStyle = isVersion2 ? url !== undefined : (given ?? false);
  return {
    ...(url && { endpoint: url.origin }),
    // The environment file's own default is true with an endpoint, Distribution's is false.
    ...(forcePathStyle !== (url !== undefined) && { forcePathStyle }),
    ...(settings.flag(`${at}.skipverify`) && { skipVerify: true }),
    ...(settings.flag(`${at}.encrypt`) && { encrypt: true }),
    ...ofAmazon(settings, at),
  };
}

/** Keys that mean something to Amazon, and to few others. */
function ofAmazon(settings: RegistrySettings, at: string): Record<string, unknown> {
  const keys = {
    kmsKeyId: settings.text(`${at}.keyid`),
    storageClass: settings.text(`${at}.storageclass`)?.toUpperCase(),
    objectAcl: settings.text(`${at}.objectacl`),
    accelerate: settings.flag(`${at}.accelerate`),
    dualStack: settings.flag(`${at}.usedualstack`),
  };
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined && value !== false));
}

/** Without a scheme, Distribution's `secure` decides, which is true unless it is set. */
function parseEndpoint(endpoint: string, isSecure: boolean): URL {
  try {
    return new URL(/^https?:\/\//.test(endpoint) ? endpoint : `${isSecure ? "https" : "http"}://${endpoint}`);
  } catch {
    throw new Failure(`the S3 endpoint ${endpoint} is no URL`, "write it as http://HOST:PORT in the compose file");
  }
}

/** Keys of the driver that say how to reach a server, or what it can do; the construct knows both of RustFS. */
const OF_THE_SERVER = [
  ...["regionendpoint", "secure", "skipverify", "forcepathstyle", "v4auth", "encrypt", "keyid", "storageclass"],
  ...["objectacl", "accelerate", "usedualstack", "usefipsendpoint", "redirectendpoint"],
];

function explainServer(service: ComposeService, at: string, settings: RegistrySettings, report: Report): void {
  const its = OF_THE_SERVER.map((key) => `${at}.${key}`).filter((key) => settings.get(key) !== undefined);
  report.changed(
    `${service.image} → RustFS, pinned by digest`,
    "the data is copied through S3, so that no format of a disk matters",
    ...its,
  );
  report.changed(
    "the registry has an S3 key of its own, for this bucket only",
    "it held the storage's root key",
    ...[`${at}.accesskey`, `${at}.secretkey`],
  );
  report.changed(
    "secrets reach containers as files",
    "`docker inspect` shows everybody what stands under environment:",
  );
  const [data] = service.mounts.filter(({ target }) => !/^\/(logs?|run|etc|certs?)(\/|$)/.test(target));
  const where =
    data?.kind === "bind"
      ? `folder ${data.source}`
      : data?.kind === "volume"
        ? `volume ${data.source}`
        : "an anonymous volume";
  report.changed(
    "the data lies on a named volume, which Terraform refuses to destroy",
    `it lay in ${where}, which stays as it is`,
  );
  const open = service.ports.filter(({ address }) => !isLoopback(address ?? "0.0.0.0"));
  if (service.ports.length > 0) {
    const ports = service.ports.map(({ published, target }) => published ?? target).join(" and ");
    report.changed(
      `ports ${ports} of the storage are not published`,
      `${open.length > 0 ? "every address of the host led to them" : "the old server still holds them"}; storage.rustfs.console and s3Publish bring them back, on loopback`,
    );
  }
}

/** The server's own first key. */
function rootKeys(service: ComposeService): S3KeyPair | undefined {
  const value = (name: string): string | undefined => {
    const file = service.environment[`${name}_FILE`];
    const path = file && hostPath(service, file);
    return service.environment[name] ?? (path && existsSync(path) ? readFileSync(path, "utf8").trim() : undefined);
  };
  const access = value("RUSTFS_ACCESS_KEY") ?? value("MINIO_ROOT_USER") ?? value("MINIO_ACCESS_KEY");
  return keyPair(access, value("RUSTFS_SECRET_KEY") ?? value("MINIO_ROOT_PASSWORD") ?? value("MINIO_SECRET_KEY"));
}

function keyPair(accessKey?: string, secretKey?: string): S3KeyPair | undefined {
  return accessKey && secretKey ? { accessKey, secretKey } : undefined;
}
