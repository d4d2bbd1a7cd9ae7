import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import type { DockerSettings as AllDockerSettings } from "../../config";
import { Failure } from "../failure";
import type { Runtime } from "../runtime/runtime";
import type { Variables } from "../terraform/terraform";
import { isLocalHost } from "./address";
import { DOCKER_VARIABLES } from "./context";
import { ENGINE_LIMITS, limitWaits } from "./engine-waits";
import { dockerFailure } from "./failure";
import { dockerRuntime } from "./runtime";
import { answeringEngines } from "./sockets";
import { SshAgent } from "./ssh-agent";
import { askSsh } from "./ssh-host";

export type DockerSettings = Omit<AllDockerSettings, "olderThan25">;

/** A Docker Engine that answered. */
export interface DockerConnection extends Runtime {
  readonly client: Docker;
  /** Of the engine, e.g. `20.10.24`. */
  readonly version: string;
  /** Newest API version that it speaks, e.g. `1.41`. */
  readonly apiVersion: string;
  /** Whether it runs on this machine, so that its ports can be tried here. */
  readonly isLocal: boolean;
}

/**
 * Connects to an environment's Docker Engine: unix socket, tcp with TLS, or ssh. Every request has a limit.
 * @throws Failure saying why it does not answer and what to do
 */
export async function connectDocker(
  settings: DockerSettings,
  variables: Variables,
  limits = ENGINE_LIMITS,
): Promise<DockerConnection> {
  const client = limitWaits(await dockerClient(settings), limits);
  try {
    const { Version, ApiVersion } = await client.version();
    return {
      ...dockerRuntime({ client, host: settings.host }),
      client,
      version: Version,
      apiVersion: ApiVersion,
      isLocal: isLocalHost(settings.host),
    };
  } catch (error) {
    const { host, sshOptions } = settings;
    const ssh = host.startsWith("ssh://") ? await askSsh(host, sshOptions) : undefined;
    const failure = dockerFailure(error, host, { user: variables.USER, sshOptions, sshUser: ssh?.user });
    throw await withOtherEngines(failure, settings, variables);
  }
}

/** A socket that does not answer is often the wrong one: rootless engines and Docker Desktop have theirs elsewhere. */
async function withOtherEngines(failure: Failure, { host }: DockerSettings, variables: Variables): Promise<Failure> {
  if (!host.startsWith("unix://")) return failure;
  const others = await answeringEngines(host, variables);
  if (others.length === 0) return failure;
  const named = others.map((one) => `${one.host} (${one.kind})`).join(", ");
  const remedy = `another engine answers at ${named}; to use it, write docker.host: ${others[0]?.host} in the environment file`;
  return new Failure(failure.message, [remedy, failure.remedy].filter(Boolean).join("\n  → "), failure.details);
}

/** Loads the library only where it is needed: help and synthesis do without. */
async function dockerClient({ host, tlsDirectory, sshOptions }: DockerSettings): Promise<Docker> {
  const { default: Dockerode } = await import("dockerode");
  const make = (options: Docker.DockerOptions) => withoutDockerVariables(() => new Dockerode(options));
  if (host.startsWith("ssh://")) {
    const agent = new SshAgent(host, sshOptions);
    return make({ protocol: "http", host: "docker", port: 80, agent } as Docker.DockerOptions);
  }
  if (host.startsWith("tcp://")) {
    const { hostname, port } = new URL(host);
    const pem = (name: string) => readFileSync(join(tlsDirectory ?? "", name));
    const tls = tlsDirectory ? { ca: pem("ca.pem"), cert: pem("cert.pem"), key: pem("key.pem") } : {};
    const protocol = tlsDirectory ? "https" : "http";
    return make({ protocol, host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), ...tls });
  }
  return make({ socketPath: host.replace(/^(unix|npipe):\/\//, "") });
}

/**
 * The client library reads Docker's variables when a client is made, and lets them win over a socket that it is given
 * (docker-modem, `Modem`). Here the environment file alone decides, so it must not see them.
 */
function withoutDockerVariables<T>(make: () => T): T {
  const saved = DOCKER_VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const [name] of saved) delete process.env[name];
  try {
    return make();
  } finally {
    for (const [name, value] of saved) if (value !== undefined) process.env[name] = value;
  }
}

/** Whether the engine knows `start_interval`: Docker 25 and newer do. */
export function hasStartInterval({ apiVersion }: Pick<DockerConnection, "apiVersion">): boolean {
  const [major = 0, minor = 0] = apiVersion.split(".").map(Number);
  return major > 1 || minor >= 44;
}
