import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerFile } from "../platform/platform";

/**
 * A file in the registry's container that makes its next start read-only. It outlives restarts of the container and of the host,
 * and is gone with the container: a registry that was replaced takes pushes. Terraform sees nothing of it.
 */
export const READ_ONLY_MARKER = "/var/lib/private-registry/read-only";

/** Distribution reads this over its file; with `_ENABLED` at its end it would not. */
const READ_ONLY_VARIABLE = "REGISTRY_STORAGE_MAINTENANCE_READONLY";

/** What the registry's own end takes, and a margin, when everything has been cut off. */
const CLOSING_SECONDS = 5;

export interface Serving {
  readonly configurationFile: string;
  /** Where the debug server listens. */
  readonly debugPort: string | number;
  readonly drainTimeoutSeconds: number;
  readonly stopTimeoutSeconds: number;
}

/**
 * The draining of a registry whose place another one has taken when it is told to stop: as long as its stop lasts. It closes connections that
 * are only kept, which would lead clients to it until it is killed; their next request goes to the other.
 */
export function drainBesideAnother({ stopTimeoutSeconds }: Pick<Serving, "stopTimeoutSeconds">): number {
  return Math.max(0, stopTimeoutSeconds - CLOSING_SECONDS);
}

/** How long what runs may take when the registry is told to stop, with its port open. */
export function settleSeconds({ drainTimeoutSeconds, stopTimeoutSeconds }: Omit<Serving, "configurationFile">): number {
  return Math.max(0, stopTimeoutSeconds - drainTimeoutSeconds - CLOSING_SECONDS);
}

/** Where the container has `serve.sh`. */
const SCRIPT = "/opt/private-registry/serve.sh";

/** The file that the command needs. */
export function serveFile(): ContainerFile {
  return { path: SCRIPT, content: readFileSync(join(__dirname, "serve.sh"), "utf8") };
}

/** The container's command, which the entrypoint of the image runs as it is. */
export function serveCommand(serving: Serving): string[] {
  // The variable is the whole container's: what looks into it sees in its first process how the registry was started.
  const script = [
    `if [ -e ${READ_ONLY_MARKER} ]; then export ${READ_ONLY_VARIABLE}='{enabled: true}'; fi`,
    `exec sh ${SCRIPT} "$@"`,
  ];
  const { debugPort, configurationFile } = serving;
  return ["sh", "-c", script.join("; "), "serve", String(debugPort), String(settleSeconds(serving)), configurationFile];
}
