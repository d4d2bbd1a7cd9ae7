import { RustFsStorage, type RustFsStorageOptions } from "./rustfs-storage";
import { S3Storage, type S3StorageOptions } from "./s3-storage";
import type { Storage } from "./storage";

export type { RustFsStorageOptions } from "./rustfs-storage";
export type { S3StorageOptions } from "./s3-storage";

/** Where the images are stored; exactly one place is chosen. */
export type RegistryStorage = Storage;

/**
 * The places to store images in.
 *
 * @example RegistryStorage.rustfs({ directories: ["/srv/registry"], memoryMb: 4096 })
 */
export const RegistryStorage = {
  /** RustFS beside the registry, on a protected volume unless the options say otherwise. */
  rustfs: (options: RustFsStorageOptions = {}): RegistryStorage => new RustFsStorage(options),
  /** An S3 service that exists already, with its bucket. */
  s3: (options: S3StorageOptions): RegistryStorage => new S3Storage(options),
};
