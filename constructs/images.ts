import { check } from "./rules/checks";
import { type Problem, refuse, within } from "./rules/errors";
import { ImageReference } from "./values/image-reference";
import { imageReference, MIRROR } from "./values/images";

// The only place where versions are pinned. Before changing one: the end-to-end tier passes with the new digest, and
// docs/decisions says why it was chosen. `docker buildx imagetools inspect NAME:TAG` prints the index digest.

/** CNCF Distribution; 3.1.2 is the first release without CVE-2026-85747 (pull-through content not checked). */
const DISTRIBUTION = "registry:3.1.2@sha256:ddf754342cfc8acc51a56d5d0ab6af06826461864460636d8bd5c546dab2a7b8";

/** RustFS; ≥ 1.0.1 because 1.0.0 can end a long bucket listing early (rustfs/rustfs#7958). */
const RUSTFS = "rustfs/rustfs:1.0.1@sha256:1803faef57627e2d9c2e7d89d655d712ddded5389040054987163043fecb6a3c";

/** Prometheus; ≥ 3.15 for `--config.auto-reload`. */
const PROMETHEUS = "prom/prometheus:v3.15.0@sha256:efd719c99d83b060d9daefdcf00360461adf279f45ef5391f8d111892118753e";

/**
 * The page to browse. By tag only: its publisher's digest for all platforms was not to be had from a source that could be
 * checked. `images.ui` takes one.
 */
const UI = "joxit/docker-registry-ui:2.6.0";

export interface RegistryImagesProps {
  /** CNCF Distribution. @default - 3.1.2, pinned by digest */
  readonly distribution?: string;
  /** RustFS; also runs the bucket job, which needs `sh` and `curl` ≥ 7.88 in it. @default - 1.0.1, pinned by digest */
  readonly rustfs?: string;
  /** Prometheus, when there is one. @default - 3.15.0, pinned by digest */
  readonly prometheus?: string;
  /** joxit/docker-registry-ui, when there is a page to browse. @default - 2.6.0, by tag */
  readonly ui?: string;
  /** Prefix of a mirror that serves them all, e.g. `mirror.example.com/hub`. @default - where each image is published */
  readonly mirror?: string;
}

/** The images of one registry, resolved: pinned defaults, overrides, mirror. */
export class RegistryImages {
  public readonly distribution: ImageReference;
  public readonly rustfs: ImageReference;
  public readonly prometheus: ImageReference;
  public readonly ui: ImageReference;

  /** @throws InvalidOptionsError for a text that is no image reference */
  constructor(props: RegistryImagesProps = {}) {
    refuse("images", within("images", imagesProblems(props)));
    const resolve = (option: string, text: string) => {
      const image = ImageReference.parse(text, option);
      return props.mirror ? image.withMirror(props.mirror) : image;
    };
    this.distribution = resolve("images.distribution", props.distribution ?? DISTRIBUTION);
    this.rustfs = resolve("images.rustfs", props.rustfs ?? RUSTFS);
    this.prometheus = resolve("images.prometheus", props.prometheus ?? PROMETHEUS);
    this.ui = resolve("images.ui", props.ui ?? UI);
  }
}

/** What is wrong with a choice of images. */
export function imagesProblems(images: RegistryImagesProps = {}): (Problem | undefined)[] {
  const { distribution, rustfs, prometheus, ui, mirror } = images;
  return [
    check("distribution", distribution, imageReference("registry:3.1.2")),
    check("rustfs", rustfs, imageReference("rustfs/rustfs:1.0.1")),
    check("prometheus", prometheus, imageReference("prom/prometheus:v3.15.0")),
    check("ui", ui, imageReference("joxit/docker-registry-ui:2.6.0")),
    check("mirror", mirror, MIRROR),
  ];
}
