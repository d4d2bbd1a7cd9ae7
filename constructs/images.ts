import { check } from "./rules/checks";
import { type Problem, throwIfInvalid, within } from "./values/errors";
import { ImageReference, imageReference, MIRROR } from "./values/image-reference";

// The only place where versions are pinned. Before changing one: the end-to-end tier passes with the new digest, and
// docs/decisions says why it was chosen. `docker buildx imagetools inspect NAME:TAG` prints the index digest.

interface PinnedImage {
  readonly reference: string;
  /** What it is and which is used, continuing "Image of". */
  readonly text: string;
}

/** The images that a registry can need, by the names that options and environment files have for them. */
export const IMAGES = {
  // 3.1.2 is the first release without CVE-2026-85747 (pull-through content not checked).
  distribution: {
    reference: "registry:3.1.2@sha256:ddf754342cfc8acc51a56d5d0ab6af06826461864460636d8bd5c546dab2a7b8",
    text: "CNCF Distribution. Default: the version pinned by tag and digest that this release was tested with.",
  },
  // ≥ 0.26 for `url_file`. By tag only, as the page to browse: its digest was not to be had from a source that could be checked.
  alertmanager: {
    reference: "prom/alertmanager:v0.35.0",
    text: "Alertmanager, when monitoring.alertmanager is there; 0.26 or newer. Default: the version that this release was tested with, by tag; write it with the digest of your choice to pin it.",
  },
  // By tag only, for the same reason.
  perses: {
    reference: "persesdev/perses:v0.54.0",
    text: "Perses, when monitoring.perses is there. Default: a version by tag; write it with the digest of your choice to pin it.",
  },
  // ≥ 3.15 for `--config.auto-reload`.
  prometheus: {
    reference: "prom/prometheus:v3.15.0@sha256:efd719c99d83b060d9daefdcf00360461adf279f45ef5391f8d111892118753e",
    text: "Prometheus, when monitoring.prometheus is there; 3.15 or newer. Default: the version pinned by tag and digest that this release knows.",
  },
  // ≥ 1.0.1, because 1.0.0 can end a long bucket listing early (rustfs/rustfs#7958).
  rustfs: {
    reference: "rustfs/rustfs:1.0.1@sha256:1803faef57627e2d9c2e7d89d655d712ddded5389040054987163043fecb6a3c",
    text: "RustFS; the bucket job runs in it too. Default: the version pinned by tag and digest that this release was tested with.",
  },
  // By tag only, as ui. The first whose tokens Distribution 3 takes (`disable_legacy_key_id`).
  tokenServer: {
    reference: "cesanta/docker_auth:1.14.0",
    text: "cesanta/docker_auth, when access is there; 1.14 or newer. Default: the version that this release was tested with, by tag; write it with the digest of your choice to pin it.",
  },
  // By tag only: its publisher's digest for all platforms was not to be had from a source that could be checked.
  ui: {
    reference: "joxit/docker-registry-ui:2.6.0",
    text: "joxit/docker-registry-ui, when ui is there; 2.6 or newer. Default: the version that this release was tested with, by tag; write it with the digest of your choice to pin it.",
  },
} as const satisfies Record<string, PinnedImage>;

export type ImageName = keyof typeof IMAGES;

export interface RegistryImagesProps {
  /** CNCF Distribution. @default - the version that this release was tested with, pinned by digest */
  readonly distribution?: string;
  /** RustFS; also runs the bucket job, which needs `sh` and `curl` ≥ 7.88 in it. @default - the version that this release was tested with, pinned by digest */
  readonly rustfs?: string;
  /** Prometheus, when there is one. @default - the version that this release was tested with, pinned by digest */
  readonly prometheus?: string;
  /** Alertmanager, when there is one. @default - the version that this release was tested with, by tag */
  readonly alertmanager?: string;
  /** Perses, when there is one. @default - a version by tag */
  readonly perses?: string;
  /** joxit/docker-registry-ui, when there is a page to browse. @default - the version that this release was tested with, by tag */
  readonly ui?: string;
  /** cesanta/docker_auth, when there is `access`. @default - the version that this release was tested with, by tag */
  readonly tokenServer?: string;
  /** Prefix of a mirror that serves them all, e.g. `mirror.example.com/hub`. @default - where each image is published */
  readonly mirror?: string;
}

/** The images of one registry, resolved: pinned defaults, overrides, mirror. */
export class RegistryImages {
  public readonly distribution: ImageReference;
  public readonly rustfs: ImageReference;
  public readonly prometheus: ImageReference;
  public readonly alertmanager: ImageReference;
  public readonly perses: ImageReference;
  public readonly ui: ImageReference;
  public readonly tokenServer: ImageReference;

  /** @throws InvalidOptionsError for a text that is no image reference */
  constructor(props: RegistryImagesProps = {}) {
    throwIfInvalid("images", within("images", imagesProblems(props)));
    const resolve = (name: ImageName) => {
      const image = ImageReference.parse(props[name] ?? IMAGES[name].reference, `images.${name}`);
      return props.mirror ? image.withMirror(props.mirror) : image;
    };
    this.distribution = resolve("distribution");
    this.rustfs = resolve("rustfs");
    this.prometheus = resolve("prometheus");
    this.alertmanager = resolve("alertmanager");
    this.perses = resolve("perses");
    this.ui = resolve("ui");
    this.tokenServer = resolve("tokenServer");
  }
}

/** What is wrong with a choice of images. */
export function imagesProblems(props: RegistryImagesProps = {}): (Problem | undefined)[] {
  const names = Object.keys(IMAGES) as ImageName[];
  return [
    ...names.map((name) => check(name, props[name], imageReference(IMAGES[name].reference))),
    check("mirror", props.mirror, MIRROR),
  ];
}
