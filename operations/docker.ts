import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import type { Environment } from "../config";
import { dockerFailure } from "./docker-failure";
import { SshAgent } from "./ssh-agent";
import type { Variables } from "./terraform";

export type DockerSettings = Environment["docker"];

/** A Docker Engine that answered. */
export interface DockerConnection {
  readonly client: Docker;
  /** Of the engine, e.g. `20.10.24`. */
  readonly version: string;
  /** Newest API version that it speaks, e.g. `1.41`. */
  readonly apiVersion: string;
  readonly host: string;
  /** Whether it runs on this machine, so that its ports can be tried here. */
  readonly isLocal: boolean;
}

/**
 * Connects to an environment's Docker Engine: unix socket, tcp with TLS, or ssh.
 * @throws Failure saying why it does not answer and what to do
 */
export async function connectDocker(settings: DockerSettings, variables: Variables): Promise<DockerConnection> {
  const client = await dockerClient(settings);
  try {
    const { Version, ApiVersion } = await client.version();
    return {
      client,
      version: Version,
      apiVersion: ApiVersion,
      host: settings.host,
      isLocal: isLocalHost(settings.host),
    };
  } catch (error) {
    throw dockerFailure(error, settings.host, variables.USER);
  }
}

/** Loads the library only where it is needed: help and synthesis do without. */
async function dockerClient({ host, tlsDirectory, sshOptions }: DockerSettings): Promise<Docker> {
  const { default: Dockerode } = await import("dockerode");
  if (host.startsWith("ssh://")) {
    const agent = new SshAgent(host, sshOptions);
    return new Dockerode({ protocol: "http", host: "docker", port: 80, agent } as Docker.DockerOptions);
  }
  if (host.startsWith("tcp://")) {
    const { hostname, port } = new URL(host);
    const pem = (name: string) => readFileSync(join(tlsDirectory ?? "", name));
    const tls = tlsDirectory ? { ca: pem("ca.pem"), cert: pem("cert.pem"), key: pem("key.pem") } : {};
    const protocol = tlsDirectory ? "https" : "http";
    return new Dockerode({ protocol, host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), ...tls });
  }
  return new Dockerode({ socketPath: host.replace(/^(unix|npipe):\/\//, "") });
}

/** Whether an engine's address means this machine. */
export function isLocalHost(host: string): boolean {
  return /^(unix|npipe):/.test(host) || /^tcp:\/\/(127\.|localhost[:/]|\[::1\])/.test(host);
}

/** Name or address of the machine the engine runs on; this one has none. */
export function dockerHostName(host: string): string | undefined {
  return isLocalHost(host) ? undefined : new URL(host).hostname.replace(/^\[|\]$/g, "");
}
