import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { DistributionConfiguration } from "../distribution/configuration";
import { renderConfiguration } from "../distribution/render";
import type { ContainerFile, ContainerNetwork, PartProps } from "../platform/platform";
import { LISTENING } from "../values/listening";
import { objectName } from "../values/object-names";
import { goMemoryLimit } from "../values/upload-memory";

/** The container is called `<name>-purger`. */
export interface UploadPurgerProps extends PartProps {
  /** The registry's own image. */
  readonly image: string;
  /** The registry's configuration, of which the storage is used. */
  readonly configuration: DistributionConfiguration;
  /** Distribution's `uploadpurging`. */
  readonly purging: object;
  readonly networks: readonly ContainerNetwork[];
  /** What the registry has to reach its storage. */
  readonly files: readonly ContainerFile[];
  readonly environment: Readonly<Record<string, string>>;
  readonly health: readonly string[];
}

/** It lists folders of uploads, and holds no layer. */
const MEMORY_MB = 256;

/**
 * Removes abandoned uploads for several registries. Distribution does that in each of them, with no word to the others, so they
 * leave it to this one, which nobody reaches.
 */
export class UploadPurger extends Construct {
  public readonly container: TerraformResource;

  constructor(scope: Construct, id: string, props: UploadPurgerProps) {
    super(scope, id);
    const { image, networks, labels, dependsOn } = props;
    this.container = props.platform.service(this, "Resource", {
      ...{ name: objectName(props.name, "purger"), component: "purger", image },
      command: [CONFIGURATION_FILE],
      environment: { ...props.environment, GOMEMLIMIT: goMemoryLimit(MEMORY_MB) },
      files: [
        { path: CONFIGURATION_FILE, content: renderConfiguration(purgerConfiguration(props)), mode: "0400" },
        ...props.files,
      ],
      ...{ networks, labels, dependsOn },
      health: { command: [...props.health] },
      waitUntilHealthy: true,
      restart: "always",
      stopTimeoutSeconds: 10,
      memoryMb: MEMORY_MB,
    });
  }
}

const CONFIGURATION_FILE = "/etc/distribution/config.yml";

function purgerConfiguration({ configuration, purging }: UploadPurgerProps): DistributionConfiguration {
  const { storage, http, log, health } = configuration;
  return {
    ...{ version: "0.1", log, health },
    storage: { ...storage, maintenance: { uploadpurging: purging } },
    http: { addr: `127.0.0.1:${LISTENING.registry}`, secret: http.secret, debug: http.debug },
  } as DistributionConfiguration;
}
