import { Container } from "@cdktf/provider-docker/lib/container";
import { Image } from "@cdktf/provider-docker/lib/image";
import { Network } from "@cdktf/provider-docker/lib/network";
import { Volume } from "@cdktf/provider-docker/lib/volume";
import type { TerraformProvider } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { LOG_DRIVER } from "../values/choices";
import type { ImageReference } from "../values/image-reference";
import { DOCKER_PROVIDER } from "../values/required-providers";
import { admits, admitsAny } from "../values/version-constraint";
import { COMPONENT_LABEL } from "./deployment";
import { containerConfig, healthcheck, labels, ports } from "./docker-container";
import type {
  ContainerSpec,
  LiveFiles,
  LiveFilesSpec,
  NetworkSpec,
  Peers,
  Platform,
  PlatformObject,
  ServiceSpec,
  VolumeSpec,
} from "./platform";
import { lifecycle } from "./replace-with";
import { type ProviderRule, requireVersions } from "./stack-requirements";
import { volumeFiles } from "./volume-files";

/** Where Docker puts what a container prints. */
export interface DockerLogging {
  readonly driver: (typeof LOG_DRIVER.words)[number];
  /** @default - none */
  readonly options?: Readonly<Record<string, string>>;
}

export interface DockerHostProps {
  /** Log driver of the containers that stay up. @default - the engine's own */
  readonly logging?: DockerLogging;
  /**
   * The Docker Engine is older than 25 (2024, API 1.44) and knows no `start_interval`: health checks then run every 1.8 s for
   * ever instead of every 30 s. A newer engine asks first after 5 s then, for which each apply waits; without the option an
   * older one refuses the containers. @default false
   */
  readonly olderThan25?: boolean;
  /** @default - the stack's Docker provider */
  readonly provider?: TerraformProvider;
  /** Version constraint for kreuzwerker/docker. 3.x deletes stopped containers during a plan. @default - the stack's own, else "~> 4.5" */
  readonly providerVersion?: string;
}

/**
 * Runs containers on one Docker Engine as `docker_container`s.
 *
 * Whatever the provider computes when it is absent is written out: dropping such an attribute plans no change.
 *
 * @example new DockerHost({ provider: new DockerProvider(this, "build-host", { alias: "build", host: "ssh://deploy@build.example.com" }) })
 */
export class DockerHost implements Platform {
  /** A second one on the same host would be lost with it. */
  public readonly copies = { registry: 1, storage: 1 };
  public readonly overlaps = false;
  private readonly logging?: DockerLogging;
  private readonly olderThan25: boolean;
  private readonly provider?: TerraformProvider;
  private readonly providerVersion?: string;

  constructor({ logging, olderThan25 = false, provider, providerVersion }: DockerHostProps = {}) {
    this.logging = logging;
    this.olderThan25 = olderThan25;
    this.provider = provider;
    this.providerVersion = providerVersion;
  }

  /** One Docker host does all that a registry's options ask for: they are described in its words. */
  public problems(): [] {
    return [];
  }

  /** @throws InvalidOptionsError when `providerVersion` contradicts another registry's of the stack, or the stack's own */
  public prepare(scope: Construct): void {
    requireVersions(scope, DOCKER, this.providerVersion);
  }

  public image(scope: Construct, id: string, reference: ImageReference): string {
    const image = new Image(scope, id, {
      name: reference.toString(),
      // Another environment on the host may run the same image; without this, destroying one fails on the other.
      keepLocally: true,
      provider: this.provider,
    });
    return image.imageId;
  }

  public network(scope: Construct, id: string, spec: NetworkSpec): Network {
    const { name, internal, subnet, gateway, mtu, dependsOn } = spec;
    return new Network(scope, id, {
      name,
      driver: "bridge",
      internal,
      attachable: false,
      ingress: false,
      ipv6: false,
      options: mtu ? { "com.docker.network.driver.mtu": String(mtu) } : undefined,
      ipamConfig: subnet ? [{ subnet, gateway }] : undefined,
      labels: labels(spec.labels),
      provider: this.provider,
      dependsOn,
    });
  }

  /** A named volume. It carries no labels: the provider replaces a volume, data and all, when a label changes. */
  public volume(scope: Construct, id: string, { name, protect }: VolumeSpec): Volume {
    const { provider } = this;
    return new Volume(scope, id, { name, driver: "local", provider, lifecycle: { preventDestroy: protect } });
  }

  public placeOf({ name }: VolumeSpec): string {
    return `volume ${name}`;
  }

  public peers(service: string): Peers {
    return { hosts: service, each: [service], own: service };
  }

  public liveFiles(scope: Construct, id: string, spec: LiveFilesSpec): LiveFiles {
    return volumeFiles(this, scope, id, spec);
  }

  public service(scope: Construct, id: string, spec: ServiceSpec): Container {
    const health = healthcheck(spec.health, this.olderThan25);
    return new Container(scope, id, {
      ...containerConfig(spec),
      provider: this.provider,
      // A changed health check alone is planned and never applied (provider ≤ 4.5); a changed label replaces the container.
      labels: labels({
        ...spec.labels,
        [HEALTH_CHECK_LABEL]: JSON.stringify(health),
        [COMPONENT_LABEL]: spec.component,
        // A driver that is taken back is no change in a plan; a label that goes away is.
        ...(this.logging && { [LOGGING_LABEL]: this.logging.driver }),
      }),
      logDriver: this.logging?.driver,
      logOpts: this.logging?.options,
      ports: spec.ports?.flatMap(ports),
      healthcheck: health,
      wait: spec.waitUntilHealthy,
      waitTimeout: (spec.health.startSeconds ?? 60) + 30,
      restart: spec.restart,
      mustRun: true,
      stopTimeout: spec.stopTimeoutSeconds,
      // Without it the provider stops with a timeout of zero, whatever stop_timeout says.
      destroyGraceSeconds: spec.stopTimeoutSeconds,
      memory: spec.memoryMb,
      cpus: spec.cpus?.toString(),
      lifecycle: {
        ...lifecycle(spec),
        // With a memory limit Docker sets its own: twice the memory, or -1 where the kernel does not count swap.
        ignoreChanges: ["memory_swap"],
      },
    });
  }

  public job(scope: Construct, id: string, spec: ContainerSpec): Container {
    return new Container(scope, id, {
      ...containerConfig(spec),
      provider: this.provider,
      labels: labels({ ...spec.labels, [COMPONENT_LABEL]: spec.component }),
      restart: "no",
      mustRun: false,
      attach: true,
      // A job's output has no secrets, so it may go into the state; from there it reaches whoever runs Terraform.
      logs: true,
      provisioners: [
        {
          // `attach` ignores the exit code. A failing provisioner fails the apply and taints the container, so that
          // the next apply runs the job again; a postcondition would block every later plan instead.
          type: "local-exec",
          command: 'test "$EXIT_CODE" = 0 || { printf "%s\\n" "$OUTPUT" >&2; exit 1; }',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own template
          environment: { EXIT_CODE: "${self.exit_code}", OUTPUT: "${self.container_logs}" },
        },
      ],
    });
  }

  public objects(scope: IConstruct): PlatformObject[] {
    return scope.node.findAll().flatMap((node) => describe(node) ?? []);
  }
}

const DOCKER: ProviderRule = {
  name: "docker",
  version: DOCKER_PROVIDER.version,
  check: (constraint) => {
    const isFine = admitsAny(constraint, 4, 5) && !admits(constraint, [3, 6, 2]) && !admits(constraint, [3, 999, 0]);
    if (isFine) return undefined;
    return {
      option: "providerVersion",
      rule: "must take a 4.x from 4.5 on and no 3.x, which deletes stopped containers during a plan",
      got: constraint,
      fix: `write e.g. ${DOCKER_PROVIDER.version}`,
    };
  },
};

/** A log driver that is taken back is applied by this label. */
const LOGGING_LABEL = "dev.private-registry.logging";
/** A changed health check is applied by this label. */
const HEALTH_CHECK_LABEL = "dev.private-registry.health-check";

function describe(node: IConstruct): PlatformObject | undefined {
  if (node instanceof Container) return { kind: node.attachInput ? "job" : "service", name: node.nameInput ?? "?" };
  if (node instanceof Network)
    return { kind: "network", name: node.nameInput ?? "?", internal: node.internalInput === true };
  if (node instanceof Volume) return { kind: "volume", name: node.nameInput ?? "?" };
  return node instanceof Image ? { kind: "image", name: node.nameInput ?? "?" } : undefined;
}
