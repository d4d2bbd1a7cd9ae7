import type { Environment, Parsed } from "./schema";

type Publish = Environment["registry"]["publish"];

/** What the sections below `storage` have in common, each as far as its kind has it. */
export interface StorageSection {
  /** Its key: `rustfs`, `s3`. */
  readonly kind: string;
  readonly bucket?: string;
  readonly rootDirectory?: string;
  readonly chunkSizeMb?: number;
  readonly endpoint?: string;
  readonly volume?: { readonly name?: string };
  readonly directories?: readonly string[];
  readonly console?: Publish;
  readonly s3Publish?: Publish;
}

/** The sections that a file has below `storage`: one, when nothing is wrong. */
export function storageSections({ storage = {} }: Pick<Parsed, "storage">): StorageSection[] {
  return Object.entries(storage).flatMap(([kind, section]) => (section ? [{ ...section, kind }] : []));
}

/** The ports of the Docker host that a storage server takes, by their keys. */
export function serverPorts(
  environment: Pick<Parsed, "storage">,
): { readonly path: string; readonly publish: Publish }[] {
  return storageSections(environment).flatMap(({ kind, console, s3Publish }) =>
    Object.entries({ console, s3Publish }).flatMap(([key, publish]) =>
      publish ? [{ path: `storage.${kind}.${key}`, publish }] : [],
    ),
  );
}
