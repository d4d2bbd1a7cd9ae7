import { MIB } from "../../constructs/values/bytes";
import { DEFAULT_BUCKET, DEFAULT_REGION } from "../../constructs/values/defaults";
import { keyPrefix } from "../../constructs/values/names";
import { Failure } from "../failure";
import type { ComposeFile } from "./file";
import { explainKeys, explainServer, keyPair, type OldServer, rootKeys, type S3KeyPair } from "./old-server";
import type { Report } from "./report";
import type { ComposeService } from "./service";
import type { RegistrySettings } from "./settings";
import type { RegistryVersion } from "./version";

/** What holds the old registry's images and stays behind: everything is copied out of it, and nothing is changed in it. */
export interface OldStorage {
  readonly service: ComposeService;
  /** An S3 server of the compose file; else a directory in the registry's container. */
  readonly source: OldServer | OldDirectory;
  /** Bucket and region of the new storage. */
  readonly bucket: string;
  readonly region: string;
  /** Every object of the registry begins with it, there and here. */
  readonly prefix: string;
}

interface OldDirectory {
  /** Distribution's `rootdirectory`, as the container sees it. */
  readonly directory: string;
}

export interface ImportedStorage {
  /** The `storage` section of the environment file. */
  readonly section: Record<string, unknown>;
  /** @default - nothing has to be copied */
  readonly old?: OldStorage;
  /** Keys of a service that stays. */
  readonly keys?: S3KeyPair;
}

const TREE = "docker/registry/v2/";
/** Where Distribution's image keeps images unless told otherwise. */
const USUAL_DIRECTORY = "/var/lib/registry";
const isS3 = (driver: string) => /^s3(aws)?$/.test(driver);
/** Keys of `storage` that name no driver. */
const NO_DRIVERS = ["cache", "delete", "redirect", "maintenance", "tag"];

/** Reads where the images are, and says where they will be. */
export function importStorage(
  file: ComposeFile,
  registry: ComposeService,
  settings: RegistrySettings,
  report: Report,
  version?: RegistryVersion,
): ImportedStorage {
  const drivers = settings.below("storage").filter((key) => !NO_DRIVERS.includes(key));
  const driver = drivers.find(isS3) ?? drivers[0] ?? "filesystem";
  const isCache = settings.text("proxy.remoteurl") !== undefined;
  const found =
    driver === "filesystem"
      ? directoryStorage(registry, settings, report, isCache)
      : s3Storage(file, registry, settings, driver, report, version);
  if (!isCache || !found.old) return found;
  report.changed(
    "cached images are fetched again when somebody asks for them",
    "a cache has nothing of its own to copy",
    `storage.${driver}`,
  );
  return { ...found, old: undefined };
}

function directoryStorage(
  registry: ComposeService,
  settings: RegistrySettings,
  report: Report,
  isCache: boolean,
): ImportedStorage {
  const directory = settings.text("storage.filesystem.rootdirectory") ?? USUAL_DIRECTORY;
  if (settings.get("storage.filesystem.maxthreads") !== undefined)
    report.leftOut("storage.filesystem.maxthreads", "the images are in S3 from now on");
  // Distribution's image keeps the usual place in a volume, whether the file says so or not.
  const isMounted = directory === USUAL_DIRECTORY || registry.mounts.some(({ target }) => isBelow(directory, target));
  if (!isMounted && !isCache) {
    throw new Failure(
      `service ${registry.name} keeps its images in ${directory}, inside its container`,
      `copy them out (docker cp ${registry.containerName ?? registry.name}:${directory} images), mount ./images there, start it, and import again`,
    );
  }
  if (!isCache)
    report.changed(
      "images move from the file system into RustFS, on a named volume that Terraform refuses to destroy",
      `they lie in ${directory} of the container, which is only read`,
      "storage.filesystem",
    );
  explainKeys(report);
  const target = { bucket: DEFAULT_BUCKET, region: DEFAULT_REGION };
  return { section: { rustfs: {} }, old: { service: registry, source: { directory }, ...target, prefix: TREE } };
}

const isBelow = (path: string, folder: string) => `${path}/`.startsWith(`${folder.replace(/\/$/, "")}/`);

function s3Storage(
  file: ComposeFile,
  registry: ComposeService,
  settings: RegistrySettings,
  driver: string,
  report: Report,
  version?: RegistryVersion,
): ImportedStorage {
  const at = `storage.${driver}`;
  const bucket = settings.text(`${at}.bucket`);
  if (!isS3(driver) || !bucket) throw notInS3(registry, driver);
  const region = settings.text(`${at}.region`) ?? DEFAULT_REGION;
  const root = keyPrefix(settings.text(`${at}.rootdirectory`));
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
      source: {
        scheme: url.protocol.replace(":", ""),
        port: Number(url.port) || (url.protocol === "https:" ? 443 : 80),
        bucket,
        keys: given ?? rootKeys(service),
      },
      prefix: `${root ? `${root}/` : ""}${TREE}`,
    },
  };
}

function notInS3(registry: ComposeService, driver: string): Failure {
  return new Failure(
    `service ${registry.name} keeps its images by the driver ${driver}${driver.startsWith("s3") ? ", and names no bucket" : ""}`,
    "start with a new environment file, and bring the images over with `skopeo sync` or `crane copy`",
  );
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
