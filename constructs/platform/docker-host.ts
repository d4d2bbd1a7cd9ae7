import { isIPv4 } from "node:net";
import { Container, type ContainerConfig } from "@cdktf/provider-docker/lib/container";
import { Image } from "@cdktf/provider-docker/lib/image";
import { Fn, type TerraformProvider, type TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import type { ImageReference } from "../values/image-reference";
import { literal } from "../values/literal";
import { publishedAddresses } from "../values/publish";
import type { ContainerFile, ContainerHealth, ContainerMount, ContainerSpec, Platform, ServiceSpec } from "./platform";

/** Prefix of the labels that tell our containers, and the review of a plan, what a container is. */
const LABEL = "dev.private-registry";

export interface DockerHostProps {
  /**
   * The Docker Engine is older than 25 (2024, API 1.44) and knows no `start_interval`: health checks then run every 1.8 s for
   * ever instead of every 30 s. @default false
   */
  readonly olderThan25?: boolean;
}

/**
 * Runs containers on one Docker Engine as `docker_container`s.
 *
 * Whatever the provider computes when it is absent is written out: dropping such an attribute plans no change.
 */
export class DockerHost implements Platform {
  private readonly olderThan25: boolean;

  constructor({ olderThan25 = false }: DockerHostProps = {}) {
    this.olderThan25 = olderThan25;
  }

  public image(scope: Construct, id: string, reference: ImageReference, provider?: TerraformProvider): string {
    const image = new Image(scope, id, {
      name: reference.toString(),
      // Another environment on the host may run the same image; without this, destroying one fails on the other.
      keepLocally: true,
      provider,
    });
    return image.imageId;
  }

  public service(scope: Construct, id: string, spec: ServiceSpec): Container {
    const health = healthcheck(spec.health, this.olderThan25);
    return new Container(scope, id, {
      ...common(spec),
      // A changed health check alone is planned and never applied (provider ≤ 4.5); a changed label replaces the container.
      labels: labels({ ...spec.labels, [`${LABEL}.health-check`]: JSON.stringify(health) }, spec.component),
      ports: spec.ports?.flatMap(({ port, published }) =>
        sorted(publishedAddresses(published)).map((ip) => ({
          internal: port,
          external: published.port,
          ip,
          protocol: "tcp",
        })),
      ),
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
      ...common(spec),
      labels: labels(spec.labels ?? {}, spec.component),
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
}

/** What services and jobs share. */
function common(spec: ContainerSpec): ContainerConfig {
  return {
    name: spec.name,
    image: spec.image,
    entrypoint: spec.entrypoint?.map(literal),
    command: spec.command?.map(literal),
    env: Object.entries(spec.environment ?? {})
      .map(([name, value]) => `${name}=${literal(value)}`)
      .sort(),
    upload: spec.files?.map(upload),
    volumes: spec.mounts?.map(volume),
    networkMode: spec.networks ? "bridge" : "none",
    networksAdvanced: spec.networks?.map(({ id, aliases }) => ({ name: id, aliases })),
    capabilities: { add: [], drop: ["ALL"] },
    securityOpts: ["no-new-privileges"],
    dependsOn: spec.dependsOn,
    lifecycle: lifecycle(spec),
    provider: spec.provider,
  };
}

/** In the order in which engines from 25 on report them, IPv4 first: another order would be a change in every plan. */
function sorted(addresses: readonly string[]): string[] {
  const key = (address: string) =>
    isIPv4(address)
      ? address
          .split(".")
          .map((part) => part.padStart(3, "0"))
          .join(".")
      : `9${address}`;
  return [...addresses].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function lifecycle({ replaceWith }: ContainerSpec) {
  return replaceWith && { replaceTriggeredBy: replaceWith.map(address) };
}

function upload({ path, content, source, mode = "0444" }: ContainerFile) {
  return {
    file: path,
    permissions: mode,
    ...(source ? { source, sourceHash: Fn.filesha256(source) } : { content: literal(content ?? "") }),
  };
}

function volume({ path, volume, directory, readOnly = false }: ContainerMount) {
  return { containerPath: path, readOnly, ...(directory ? { hostPath: directory } : { volumeName: volume }) };
}

function labels(own: Record<string, string>, component: string) {
  const all = { ...own, [`${LABEL}.component`]: component };
  return Object.entries(all).map(([label, value]) => ({ label, value: literal(value) }));
}

/**
 * Quick while the container starts, rare afterwards. The provider refuses `start_interval` below API 1.44, and asks once a
 * second while it waits: without it, a check after 1.8 s is seen by its third look, one after 2 s by its fourth.
 */
function healthcheck({ command, startSeconds = 60 }: ContainerHealth, olderThan25: boolean) {
  const check = { test: ["CMD", ...command], startPeriod: duration(startSeconds), timeout: "5s" };
  if (olderThan25) return { ...check, interval: "1.8s", retries: 5 };
  return { ...check, interval: "30s", startInterval: "500ms", retries: 3 };
}

/** Seconds as Go prints them, since the provider compares the text it reads back: 90 is `1m30s`. */
function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}

/** `replace_triggered_by` takes a bare address; CDKTF would wrap a reference into a template, which Terraform refuses. */
function address(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}
