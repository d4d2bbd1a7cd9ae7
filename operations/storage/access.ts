import { parse } from "yaml";
import type { Environment } from "../../config";
import { keyPrefix } from "../../constructs/values/names";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { Failure } from "../failure";
import type { Runtime } from "../runtime/runtime";
import type { ServerTrust } from "./tunnel-agent";

/** Where the registry's files in its container are. */
export const CONFIG_FILE = "/etc/distribution/config.yml";

/** How the registry reaches its storage. */
export interface StorageAccess {
  /** Of the requests: with the bucket in its name, or in front of every path. */
  readonly url: URL;
  readonly bucket: string;
  /** Whether the bucket is the first part of each path. */
  readonly pathStyle: boolean;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of an https endpoint. */
  readonly tls?: ServerTrust;
  /** What every key of the registry begins with, e.g. `docker/registry/v2/`. */
  readonly root: string;
}

interface S3Driver {
  readonly bucket: string;
  readonly region: string;
  readonly regionendpoint?: string;
  readonly forcepathstyle?: boolean;
  readonly secure?: boolean;
  readonly skipverify?: boolean;
  readonly accesskey?: string;
  readonly secretkey?: string;
  readonly rootdirectory?: string;
}

/**
 * Reads from the registry's container how it reaches its storage: endpoint, bucket, key and CA are those it runs with.
 * @throws Failure when the container is not there, or keeps its images elsewhere than in S3
 */
export async function storageAccess(runtime: Runtime, { name }: Environment): Promise<StorageAccess> {
  const container = objectName(name, "registry");
  const running = await runtime.find(container);
  if (!running) throw new Failure(`There is no container ${container}`, command("up", name));
  const read = (path: string) => runtime.readFile(container, path);
  const { storage } = parse(await read(CONFIG_FILE)) as { storage?: { s3?: S3Driver } };
  const s3 = storage?.s3;
  if (!s3) throw new Failure(`The registry of ${name} does not keep its images in S3`);
  const variable = (key: string) => running.environment[key] || undefined;
  const credentials = variable("AWS_SHARED_CREDENTIALS_FILE");
  const keys = s3.accesskey ? undefined : credentials && (await read(credentials));
  const accessKey = s3.accesskey ?? setting(keys, "aws_access_key_id");
  const secretKey = s3.secretkey ?? setting(keys, "aws_secret_access_key");
  if (!accessKey || !secretKey)
    throw new Failure(
      `The registry of ${name} has no key of its own for its storage: it takes the role of its machine`,
      "give it one (storage.s3.keysFrom: secrets in the environment file)",
    );
  const bundle = variable("AWS_CA_BUNDLE");
  const ca = bundle && (await read(bundle));
  const url = endpoint(s3);
  return {
    url,
    bucket: s3.bucket,
    pathStyle: s3.forcepathstyle === true,
    region: s3.region,
    accessKey,
    secretKey,
    ...(url.protocol === "https:" && { tls: { ca, skipVerify: s3.skipverify } }),
    root: [keyPrefix(s3.rootdirectory), "docker/registry/v2/"].filter(Boolean).join("/"),
  };
}

function endpoint({ bucket, region, regionendpoint, forcepathstyle, secure = true }: S3Driver): URL {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(regionendpoint ?? `${secure ? "https" : "http"}://s3.${region}.${suffix}`);
  if (!forcepathstyle) url.hostname = `${bucket}.${url.hostname}`;
  return url;
}

function setting(file: string | undefined, name: string): string | undefined {
  return file && new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)\\s*$`, "m").exec(file)?.[1];
}
