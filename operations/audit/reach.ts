import type { ContainerInspectInfo } from "dockerode";
import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import { buildStack } from "../../stacks";
import { inspectContainer } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { logLines } from "../docker/log-stream";
import { auditSources } from "./sources";

/** What Distribution writes no line for at a level, beside what went well. */
const UNSAID: Readonly<Record<string, string>> = { warn: "the names in failed logins", error: "failed logins" };

/** What the logs cannot tell, in sentences for a person. */
export async function limitsOfLog(environment: Environment, docker: DockerConnection): Promise<string[]> {
  const limits: string[] = [];
  for (const { noun, isRequired } of auditSources(environment)) {
    const name = objectName(environment.name, noun);
    const container = await inspectContainer(docker, name);
    const log = isRequired ? "The log" : `The log of ${name}`;
    if (container) limits.push(await reachOf(docker, name, container, log));
    else if (!isRequired)
      limits.push(`There is no container ${name}. Failed logins with a wrong password are recorded only there.`);
    else return [];
  }
  const level = buildStack(environment).registry.distribution.configuration.log?.level ?? "info";
  const unsaid = UNSAID[level];
  if (unsaid)
    limits.push(
      `With registry.log.level: ${level} the registry logs neither successful requests nor ${unsaid}. Set it to info to log both.`,
    );
  return limits;
}

async function reachOf(docker: DockerConnection, name: string, container: ContainerInspectInfo, log: string) {
  const { Type: driver = "", Config: options = {} } = container.HostConfig.LogConfig ?? {};
  const first = await beginning(docker, container.Id);
  return `${log} begins at ${first ?? "no line yet"}; its container was made at ${instant(container.Created)}. ${fate(name, driver, options)}`;
}

function fate(name: string, driver: string, options: Readonly<Record<string, string>>): string {
  if (driver === "journald")
    return `The host's journal keeps it, that of earlier containers too: journalctl CONTAINER_NAME=${name}`;
  const own = OWN[driver];
  if (!own)
    return `The driver ${driver} sends it away; the engine's copy goes with the container, --to keeps events longer.`;
  const { "max-size": size = own.size, "max-file": files = own.files } = options;
  const limit = size ? `up to ${files} × ${size}` : "without a limit";
  return `The driver ${driver} keeps it ${limit} until the container is replaced; --to keeps events longer.`;
}

/** What Docker's own drivers keep when no option says otherwise. */
const OWN: Readonly<Record<string, { readonly size?: string; readonly files: string }>> = {
  "json-file": { files: "1" },
  local: { size: "20m", files: "5" },
};

/** When its first line was written. */
async function beginning({ client }: DockerConnection, container: string): Promise<string | undefined> {
  const control = new AbortController();
  try {
    for await (const line of logLines(client, container, { follow: false, timestamps: true, signal: control.signal })) {
      return instant(line.split(" ", 1)[0] ?? "");
    }
  } catch {
    // The reader of the events says why.
  } finally {
    control.abort();
  }
  return undefined;
}

/** To the second. */
function instant(time: string): string | undefined {
  return Number.isNaN(Date.parse(time)) ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
