import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { listFolder, readJson } from "../readable";
import type { Variables } from "../terraform/terraform";

/** Which engine Docker's own command line would talk to, and what says so. */
export interface SelectedEngine {
  /** Variable or file, with the value. */
  readonly by: string;
  /** @default - the context names none that can be read */
  readonly host?: string;
}

/** Variables of Docker's that choose an engine, or how to reach it. Nothing here reads them: the environment file decides. */
export const DOCKER_VARIABLES = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS",
  "DOCKER_TLS_VERIFY",
  "DOCKER_API_VERSION",
  "DOCKER_CLIENT_TIMEOUT",
  "DOCKER_PATH_PREFIX",
  "DOCKER_SSH_OPTS",
  "DOCKER_CA_MATERIAL",
  "DOCKER_CERT_MATERIAL",
  "DOCKER_KEY_MATERIAL",
] as const;

/** What chooses the engine of the `docker` command in this shell; nothing: the default socket. */
export function selectedEngine(variables: Variables): SelectedEngine | undefined {
  const { DOCKER_HOST, DOCKER_CONTEXT } = variables;
  if (DOCKER_HOST) return { by: `DOCKER_HOST=${DOCKER_HOST}`, host: DOCKER_HOST };
  const name = DOCKER_CONTEXT || currentContext(variables);
  if (!name || name === "default") return undefined;
  const by = DOCKER_CONTEXT ? `DOCKER_CONTEXT=${name}` : `docker context ${name}`;
  return { by, host: contextHost(name, variables) };
}

/** Whether two addresses lead to the same engine; links to a socket are followed. */
export function isSameEngine(a: string, b: string): boolean {
  return normal(a) === normal(b);
}

function normal(host: string): string {
  const socket = /^unix:\/\/(.*)/.exec(host)?.[1];
  if (socket === undefined) return host.replace(/\/$/, "").toLowerCase();
  try {
    return realpathSync(socket);
  } catch {
    return socket.replace(/^\/var\/run\//, "/run/");
  }
}

const configFolder = ({ DOCKER_CONFIG, HOME }: Variables) => DOCKER_CONFIG ?? join(HOME ?? homedir(), ".docker");

function currentContext(variables: Variables): string | undefined {
  return readJson<{ currentContext?: string }>(join(configFolder(variables), "config.json"))?.currentContext;
}

interface ContextFile {
  readonly Name?: string;
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
}

function contextHost(name: string, variables: Variables): string | undefined {
  const folder = join(configFolder(variables), "contexts", "meta");
  const contexts = listFolder(folder).map((entry) => readJson<ContextFile>(join(folder, entry, "meta.json")));
  return contexts.find((context) => context?.Name === name)?.Endpoints?.docker?.Host;
}
