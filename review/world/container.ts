import type { Change, Values } from "../../plan/model";
import type { ImageName } from "./image";
import type { Identity } from "./roles";

export interface Port {
  readonly internal: number;
  /** @default - chosen by Docker or Kubernetes */
  readonly external?: number;
  readonly address: string;
  readonly protocol: string;
  /** What leads to it on Kubernetes. @default - Docker publishes it */
  readonly via?: Route;
}

/** What leads from outside a cluster to a pod. */
export interface Route {
  readonly kind: "node-port" | "load-balancer" | "external-ip" | "host-port" | "ingress";
  /** Terraform address of the Service, Ingress or workload. */
  readonly resource: string;
  /** The host of an Ingress. */
  readonly host?: string;
  /** Whether an Ingress ends TLS here. */
  readonly tls: boolean;
  /** Networks that a load balancer lets in. @default - all */
  readonly sources?: readonly string[];
}

export interface Mount {
  readonly path: string;
  /** `memory`: gone with the container, or with the pod (`emptyDir`). */
  readonly kind: "volume" | "directory" | "anonymous" | "memory" | "unknown";
  /** Name of the volume or claim, or path on the host; `data-store-*` stands for the claims of a StatefulSet's pods. */
  readonly source?: string;
  readonly readOnly: boolean;
}

export interface Upload {
  readonly file: string;
  /** @default - comes from a file on the machine that applies */
  readonly content?: string;
  /** Terraform address of the Secret or ConfigMap that holds it. @default - the container itself */
  readonly from?: string;
}

/** A container as one thing, whatever runs it: what runs, with what, and who reaches it. */
export interface Container extends Identity {
  readonly address: string;
  readonly name: string;
  /** Its name within the pod. @default - Docker: an address has one container */
  readonly part?: string;
  /** The one that stands for all of its pod. */
  readonly isMain: boolean;
  /** All that the resource says. */
  readonly values: Values;
  /** What runs its pods. @default - Docker runs it */
  readonly workload?: Workload;
  readonly image?: ImageName;
  readonly isJob: boolean;
  /** A job that starts when it is created, not by the clock and not with each pod. */
  readonly runsOnCreate: boolean;
  /** Whether the apply waits for its end: `attached` ignores how it ended, `waited` fails with it. @default - not known */
  readonly exit?: "attached" | "waited" | "ignored";
  readonly arguments: readonly string[];
  /** Without what is masked as a whole. */
  readonly env: ReadonlyMap<string, string>;
  /** Variables: `known`, or not all of them are in view, because they are unknown, secret or come from elsewhere. */
  readonly envInView: "known" | "unknown" | "secret";
  readonly labels: ReadonlyMap<string, string>;
  readonly ports: readonly Port[];
  readonly mounts: readonly Mount[];
  readonly uploads: readonly Upload[];
  /** Names, ids or `UNKNOWN`. */
  readonly networks: readonly string[];
  readonly sharesHostNetwork: boolean;
  readonly isPrivileged: boolean;
  /** Comes back after a crash or a reboot. */
  readonly restarts: boolean;
  /** Nothing of it runs, because somebody stopped it or scaled it to zero. */
  readonly isStopped: boolean;
  /** @default - no limit */
  readonly memoryMb?: number;
  /** What a health check or probe runs. */
  readonly healthCommand: readonly string[];
  /** Everything that it is told and that may hold a key. */
  readonly told: object;
  readonly timing: Timing;
}

/** The Kubernetes object that keeps pods of a container. */
export interface Workload {
  /** `deployment`, `stateful_set`, `job`, … */
  readonly kind: string;
  readonly namespace: string;
  /** @default - one for each node, or unknown */
  readonly replicas?: number;
  readonly podLabels: ReadonlyMap<string, string>;
  /** Metadata and spec of a pod. */
  readonly template: Values;
}

interface Timing {
  /** How long it has between SIGTERM and SIGKILL; 0 kills at once. */
  readonly stopGraceSeconds: number;
  readonly waitSeconds?: number;
  /** @default - no health check */
  readonly healthIntervalSeconds?: number;
}

export interface Names {
  /** Image id or digest → the name it was pulled by. */
  readonly images: ReadonlyMap<string, string>;
  /** Network id → name. */
  readonly networks: ReadonlyMap<string, string>;
  /** What an attribute that is still unknown refers to. */
  readonly referenced: (address: string, attribute: string, type: string) => readonly Change[];
}

/** Whether there is a container, and this platform runs it. */
export function isContainer(
  container: Container | undefined,
  platform: "Docker" | "Kubernetes",
): container is Container {
  return container !== undefined && (container.workload !== undefined) === (platform === "Kubernetes");
}
