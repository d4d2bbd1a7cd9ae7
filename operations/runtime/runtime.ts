import type { Duplex } from "node:stream";
import type { SynthesizedStack } from "../terraform/stack";
import type { ContainerDeath } from "./death";

/**
 * What runs a registry's containers, as far as operations need it: the seam between them and one Docker host, or a cluster.
 * Containers are named as the constructs name them, `<environment>-<noun>`.
 */
export interface Runtime {
  /** Where it is, for people. */
  readonly host: string;
  /** Names of all containers, of other environments, too. */
  names(): Promise<string[]>;
  /** A container; nothing: there is none. */
  find(container: string): Promise<RunningContainer | undefined>;
  /** The names of all that run as a container, each of which can be given in its place: itself, or its pods. */
  instances(container: string): Promise<string[]>;
  /** A container's output, a line at a time. Ends with the container, or where there is no more. */
  logs(container: string, options: LogOptions, onLine: (line: string) => void): Promise<void>;
  /**
   * Runs a program in a running container.
   * @param line for its standard input, which then stays open. Secrets go there, since arguments are visible. @default - no standard input
   */
  run(container: string, command: readonly string[], line?: string, limitMs?: number): Promise<ExecResult>;
  /** Runs a shell script in a running container. @returns what it printed @throws Error when it does not end with 0 */
  script(container: string, script: string, args?: readonly string[], limitMs?: number): Promise<string>;
  /** A text file of a container, which need not run. */
  readFile(container: string, path: string): Promise<string>;
  /** Opens connections as a container would, with its networks and its names. */
  dial(container: string): Dial;
  restart(container: string): Promise<void>;
  /** Where what runs differs from what the stack says: a sentence for each difference. */
  drift(stack: SynthesizedStack): Promise<string[]>;
}

/** A container, at one moment. */
export interface RunningContainer {
  /** `running`, `exited`, … */
  readonly status: string;
  readonly isRunning: boolean;
  /** Why it could not be started, in the words of what tried. @default - it could */
  readonly startError?: string;
  /** A command that says more of that. @default - nothing does */
  readonly startRemedy?: string;
  /** `healthy`, `unhealthy`, `starting`, and when that was last found. @default - it has no health check */
  readonly health?: { readonly status?: string; readonly foundAt?: string };
  /** The command that says whether it works. @default - none */
  readonly healthCommand: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  /** How often it was started again. */
  readonly restarts: number;
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Of what runs as several pods. @default - it is one container */
  readonly pods?: PodsState;
  /** What it uses. @returns nothing: it does not run, or nobody says */
  memory(): Promise<ContainerMemory | undefined>;
  /** Why it ended or was started again. @returns nothing: it runs and never ended by itself */
  death(): Promise<ContainerDeath | undefined>;
}

/** The pods that are one container to everybody else. */
export interface PodsState {
  readonly ready: number;
  readonly wanted: number;
  readonly unready: readonly { readonly pod: string; readonly why: string }[];
}

/** What a container uses of its memory limit. */
export interface ContainerMemory {
  /** Without the page cache that the kernel takes back when it needs it, as `docker stats` has it. */
  readonly bytes: number;
  /** @default - no limit */
  readonly limit?: number;
}

/** What a program in a container printed. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogOptions {
  /** Lines of the past to begin with. @default - all of them */
  readonly tail?: number;
  /** Go on with what comes. */
  readonly follow: boolean;
  /** Nothing older than this, in seconds since 1970. @default - no limit */
  readonly since?: number;
  /** Nothing newer than this, in seconds since 1970. @default - no limit */
  readonly until?: number;
  readonly timestamps?: boolean;
  /** Begin each line with the name of the pod that wrote it, when there are several. @default false */
  readonly names?: boolean;
}

/** Opens a stream to a port of a host. */
export type Dial = (host: string, port: number) => Promise<Duplex>;
