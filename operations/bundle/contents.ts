import { type ImageReference, splitName } from "../../constructs/values/image-reference";

/** Of the layout; a bundle of another one is refused. */
export const FORMAT = 1;

/** What a bundle holds, first in the archive. */
export const CONTENTS = "bundle.json";

export interface BundledImage {
  /** As the environment names it without a mirror; how it is looked for when it is pinned by no digest. */
  readonly name: string;
  /** Of the index that the publisher made, or of the one manifest. */
  readonly digest: string;
  /** A part that an environment runs as a container, by its name in `images`; `rclone`; or `image`: another, for registries only. */
  readonly role: string;
  readonly environments: readonly string[];
}

export interface FileSum {
  readonly sha256: string;
  readonly size: number;
}

/** `bundle.json`. */
export interface Contents {
  readonly format: typeof FORMAT;
  /** Of this program. */
  readonly version: string;
  /** As `linux/amd64`. */
  readonly platforms: readonly string[];
  readonly environments: readonly string[];
  readonly images: readonly BundledImage[];
  /** Every other file, by its path in the archive. */
  readonly files: Readonly<Record<string, FileSum>>;
}

/** Where the OCI layout lies. */
export const LAYOUT = "images";

export const blobPath = (digest: string) => `${LAYOUT}/blobs/${digest.replace(":", "/")}`;

/** A reference to content, as OCI writes it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An index, or a manifest: an index has `manifests`, a manifest the rest. */
export interface Manifest {
  readonly mediaType?: string;
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** What a manifest needs: its configuration and its layers. */
export const blobsOf = ({ config, layers = [] }: Manifest): Descriptor[] => (config ? [config, ...layers] : []);

/** Children of an index for some platforms, in its order; attestations have none. */
export function childrenFor(index: Manifest, platforms: readonly string[]): Descriptor[] {
  return (index.manifests ?? []).filter(({ platform }) =>
    platforms.includes(`${platform?.os}/${platform?.architecture}`),
  );
}

/** The name that containerd's store keeps an image under: domain and tag included. */
export function engineRecord({ name, tag, digest = "" }: ImageReference): string {
  const { domain, path } = splitName(name);
  const whole = domain === undefined ? `docker.io/${path.includes("/") ? "" : "library/"}${path}` : name;
  return `${whole}:${tagOf({ tag, digest })}`;
}

/** An image without a tag gets one that says which it is: what has none is taken for garbage. */
export const tagOf = ({ tag, digest = "" }: Pick<ImageReference, "tag" | "digest">) =>
  tag ?? `bundle-${digest.slice(7, 19)}`;
