import type { Construct } from "constructs";
import type { RegistryImages } from "../images";
import type { PartProps } from "../platform/platform";
import type { CredentialSource } from "../registry/credentials";
import { ALERTMANAGER_ADDRESS, Alertmanager } from "./alertmanager";
import type { ScrapeTarget } from "./configuration";
import type { MonitoringOptions } from "./options";
import { Perses } from "./perses";
import { Prometheus } from "./prometheus";

/** What the parts that watch a registry are made of. */
export interface WatchProps {
  readonly part: PartProps;
  readonly images: RegistryImages;
  readonly jobImage: string;
  readonly credentials: CredentialSource;
  /** Ids of the registry's networks; `storage` only where RustFS sends its metrics. */
  readonly networks: { readonly edge: string; readonly storage?: string };
  readonly target: Omit<ScrapeTarget, "environment">;
}

/** What watches a registry. */
export interface Watchers {
  readonly prometheus?: Prometheus;
  readonly alertmanager?: Alertmanager;
  readonly perses?: Perses;
}

/** Makes what is asked for; nothing is made of what is not. */
export function watch(scope: Construct, options: MonitoringOptions, props: WatchProps): Watchers {
  const { part, images, credentials, jobImage, target, networks } = props;
  const edge = { id: networks.edge };
  const hasRustFs = networks.storage !== undefined;
  const alertmanager =
    options.alertmanager &&
    new Alertmanager(scope, "alertmanager", {
      ...options.alertmanager,
      ...part,
      credentials,
      image: part.platform.image(scope, "alertmanager-image", images.alertmanager),
      networks: [edge],
    });
  const alertmanagers = [...(options.prometheus?.alertmanagers ?? []), ...(alertmanager ? [ALERTMANAGER_ADDRESS] : [])];
  const prometheus =
    options.prometheus &&
    new Prometheus(scope, "prometheus", {
      ...options.prometheus,
      ...part,
      ...{ jobImage, target, hasRustFs },
      alertmanagers: alertmanagers.length > 0 ? alertmanagers : undefined,
      image: part.platform.image(scope, "prometheus-image", images.prometheus),
      // From the edge it scrapes and is published; on the other, which has no way out, RustFS finds it.
      networks: [edge, ...(networks.storage === undefined ? [] : [{ id: networks.storage }])],
    });
  const perses =
    options.perses &&
    new Perses(scope, "perses", {
      ...options.perses,
      ...part,
      hasRustFs,
      image: part.platform.image(scope, "perses-image", images.perses),
      networks: [edge],
    });
  return { prometheus, alertmanager, perses };
}
