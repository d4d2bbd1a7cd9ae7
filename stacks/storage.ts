import type { Environment } from "../config";
import { type ImageReference, type PublishedPort, RegistryImages, RegistryStorage } from "../constructs";
import { type ObjectNoun, objectName } from "../constructs/values/object-names";

/** The storage server that an environment runs beside its registry, for whoever looks at it on the Docker host. */
export interface StorageServer {
  /** Its name, for people. */
  readonly product: string;
  /** Its part of the names of Docker objects, and its section of the environment file below `storage`. */
  readonly noun: ObjectNoun;
  readonly container: string;
  readonly image: ImageReference;
  readonly memoryMb: number;
  readonly bucket: string;
  readonly region: string;
  /** The volume that holds the data. @default - `directories` do */
  readonly volume?: { readonly name: string; readonly protect: boolean };
  /** Directories of the Docker host that hold the data. */
  readonly directories: readonly string[];
  /** Where the data is in the container. */
  readonly dataPaths: readonly string[];
  /** Who owns the data. */
  readonly uid: number;
  /** What it can publish, and where it does. */
  readonly ports: readonly ServerPort[];
}

export interface ServerPort {
  readonly id: "s3" | "console";
  /** For people. */
  readonly title: string;
  /** Port inside the container. */
  readonly usual: number;
  /** @default - not published */
  readonly published?: PublishedPort;
}

/** The storage server of an environment; none when the images are in an S3 service that exists. */
export function storageServer({ name, images, storage: { rustfs } }: Environment): StorageServer | undefined {
  if (!rustfs) return undefined;
  const { memoryMb, bucket, region, volume, directories = [] } = rustfs;
  return {
    product: "RustFS",
    noun: "rustfs",
    container: objectName(name, "rustfs"),
    image: new RegistryImages(images).rustfs,
    ...{ memoryMb, bucket, region, directories },
    volume: directories.length > 0 ? undefined : { name: objectName(name, "rustfs-data"), protect: true, ...volume },
    dataPaths: directories.length > 1 ? directories.map((_, n) => `/drives/${n}`) : ["/data"],
    uid: 10001,
    ports: [
      { id: "s3", title: "RustFS S3", usual: 9000, published: rustfs.s3Publish },
      { id: "console", title: "RustFS console", usual: 9001, published: rustfs.console },
    ],
  };
}

/** The storage of an environment, as the construct's option. */
export function registryStorage({ storage: { s3, rustfs } }: Environment): RegistryStorage {
  return s3 ? RegistryStorage.s3(s3) : RegistryStorage.rustfs(rustfs);
}

/** Names of the containers that stay up, the registry's first. */
export function containerNames(environment: Environment): string[] {
  const server = storageServer(environment);
  const { name, monitoring, ui } = environment;
  return [
    objectName(name, "registry"),
    ...(server ? [server.container] : []),
    ...(monitoring.prometheus ? [objectName(name, "prometheus")] : []),
    ...(ui ? [objectName(name, "ui")] : []),
  ];
}
