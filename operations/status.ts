import type { Environment } from "../config";
import { type ContainerDeath, findDeath } from "./container-death";
import { runInContainer } from "./container-exec";
import { memoryOf } from "./container-memory";
import { inspectContainer } from "./container-state";
import type { DockerConnection } from "./docker";
import { findDrift } from "./drift";
import type { Login } from "./login";
import { type Answer, header, RegistryClient } from "./registry-client";
import type { SynthesizedStack } from "./stack";
import { probeTls } from "./tls-probe";
import { judgeTls } from "./tls-verdict";
import { endpointOf, privateAuthorities, trustedAuthorities } from "./verify/certificate";
import { reason } from "./verify/check";

export interface ContainerStatus {
  readonly name: string;
  /** `running`, `exited`, … or `missing`. */
  readonly state: string;
  /** `healthy`, `unhealthy`, `starting`. @default - it has no health check, or does not run */
  readonly health?: string;
  /** @default - it does not run */
  readonly upSeconds?: number;
  /** How often the engine has started it again by itself. */
  readonly restarts: number;
  /** Why it ended. @default - it runs and never ended by itself */
  readonly death?: ContainerDeath;
  /** What counts against the limit: without page cache. */
  readonly memoryBytes?: number;
  /** @default - no limit */
  readonly memoryLimitBytes?: number;
  readonly image?: string;
}

export interface RepositoryStatus {
  readonly name: string;
  readonly tags: readonly string[];
}

export interface CertificateStatus {
  readonly status: "passed" | "warning" | "failed";
  /** One line. */
  readonly message: string;
  /** When it ends, ISO 8601. @default - there was no handshake */
  readonly notAfter?: string;
  readonly daysLeft?: number;
}

/** What runs, at one moment. What could not be found out says why. */
export interface Status {
  readonly environment: string;
  readonly url: string;
  readonly dockerHost: string;
  readonly containers: readonly ContainerStatus[];
  readonly repositories: readonly RepositoryStatus[] | { readonly unknown: string };
  readonly storage: { readonly location: string; readonly bytes?: number; readonly unknown?: string };
  /** @default - plain HTTP */
  readonly certificate?: CertificateStatus;
  /** Where what runs differs from what the environment says. */
  readonly drift: readonly string[];
}

export interface StatusOptions {
  readonly stack: SynthesizedStack;
  readonly docker: DockerConnection;
  readonly login?: Login;
  readonly caFiles?: readonly string[];
}

/** Looks at what runs; changes nothing, and asks Terraform nothing. */
export async function readStatus({ stack, docker, login, caFiles = [] }: StatusOptions): Promise<Status> {
  const { environment, url } = stack;
  const own = url.startsWith("https:") ? privateAuthorities(url, caFiles) : undefined;
  const ca = own && trustedAuthorities(own);
  const [containers, repositories, bytes, certificate, drift] = await Promise.all([
    Promise.all(containerNames(environment).map((name) => containerStatus(docker, name))),
    repositoriesOf(new RegistryClient({ url, login, ca, timeoutMs: 5_000 }), login),
    storageUsed(docker, environment),
    own && certificateOf(stack, own),
    findDrift(docker, stack),
  ]);
  return {
    environment: environment.name,
    url,
    dockerHost: environment.docker.host,
    containers,
    repositories,
    storage: { location: stack.dataLocation, ...bytes },
    certificate,
    drift,
  };
}

/** Names of the containers that stay up. */
export function containerNames({ name, storage }: Environment): string[] {
  return [`${name}-registry`, ...(storage.rustfs ? [`${name}-rustfs`] : [])];
}

async function containerStatus(docker: DockerConnection, name: string): Promise<ContainerStatus> {
  const found = await inspectContainer(docker, name);
  if (!found) return { name, state: "missing", restarts: 0 };
  const { State, RestartCount, Config } = found;
  const [memory, death] = await Promise.all([
    State.Running ? memoryOf(docker, found) : undefined,
    findDeath(docker, found),
  ]);
  return {
    name,
    state: State.Status,
    health: State.Running ? State.Health?.Status : undefined,
    upSeconds: State.Running ? Math.round((Date.now() - Date.parse(State.StartedAt)) / 1000) : undefined,
    restarts: RestartCount,
    death,
    memoryBytes: memory?.bytes,
    memoryLimitBytes: memory?.limit,
    image: Config.Image,
  };
}

async function repositoriesOf(client: RegistryClient, login: Login | undefined): Promise<Status["repositories"]> {
  if (!login) return { unknown: "no login at hand" };
  try {
    const repositories: RepositoryStatus[] = [];
    for await (const { repositories: names } of pages<{ repositories: string[] }>(client, "/v2/_catalog?n=100")) {
      for (const name of names) repositories.push({ name, tags: await tagsOf(client, name) });
    }
    // A repository whose tags are all gone stays in the catalogue; the one of `verify` always does.
    return repositories.filter(({ tags }) => tags.length > 0);
  } catch (error) {
    return { unknown: reason(error) };
  }
}

async function tagsOf(client: RegistryClient, name: string): Promise<string[]> {
  const tags: string[] = [];
  for await (const page of pages<{ tags: string[] | null }>(client, `/v2/${name}/tags/list?n=100`)) {
    tags.push(...(page.tags ?? []));
  }
  return tags;
}

/** Lists come in pages, each with a link to the next. */
async function* pages<T>(client: RegistryClient, first: string): AsyncGenerator<T> {
  for (let target: string | undefined = first; target; ) {
    const answer: Answer = await client.request("GET", target);
    if (answer.status === 404) return;
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`);
    yield JSON.parse(answer.body.toString("utf8")) as T;
    const next = /<([^>]+)>;\s*rel="?next/.exec(header(answer, "link") ?? "")?.[1];
    target = next && new URL(next, answer.url).href;
  }
}

async function storageUsed({ client }: DockerConnection, { name, storage }: Environment) {
  if (!storage.rustfs) return { unknown: "on the S3 service" };
  const { directories } = storage.rustfs;
  const paths = directories && directories.length > 1 ? directories.map((_, n) => `/drives/${n}`) : ["/data"];
  try {
    const { stdout } = await runInContainer(client, `${name}-rustfs`, ["timeout", "10", "du", "-skc", ...paths]);
    const total = /(\d+)\s+total/.exec(stdout)?.[1];
    return total ? { bytes: Number(total) * 1024 } : { unknown: "counting takes longer than 10 s" };
  } catch {
    return { unknown: "RustFS does not run" };
  }
}

async function certificateOf(
  { environment, url }: SynthesizedStack,
  own: readonly string[],
): Promise<CertificateStatus> {
  const { tls } = environment.registry;
  const probe = await probeTls({ ...endpointOf(url), ca: own, timeoutMs: 10_000 });
  const directoryUrl = tls.mode === "lets-encrypt" ? tls.directoryUrl : undefined;
  const { status, message } = judgeTls(probe, { mode: tls.mode, directoryUrl, environment: environment.name });
  const { notAfter, daysLeft } = probe.handshake ?? {};
  return { status, message, notAfter: notAfter?.toISOString(), daysLeft };
}
