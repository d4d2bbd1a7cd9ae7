import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspectInfo } from "dockerode";
import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { inspectContainer } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { dockerFailure, messageOf } from "../docker/failure";
import { Failure } from "../failure";
import { DayFiles } from "./day-files";
import { distributionLog } from "./distribution-log";
import { type AuditEvent, type AuditFilter, auditLine, isWanted } from "./event";
import { logLines } from "./log-stream";
import { RecentEvents } from "./recent";

export interface AuditOptions extends AuditFilter {
  /** Go on with what comes, through restarts and replacements of the container. */
  readonly follow: boolean;
  /** Folder to keep the events in; goes on after the last one in it. @default - they are handed out */
  readonly directory?: string;
  /** @default - until it is ended */
  readonly signal?: AbortSignal;
}

/**
 * What people did, from the registry's log.
 * @returns how many events were written to the folder
 */
export async function audit(
  environment: Environment,
  docker: DockerConnection,
  { follow, directory, signal, ...filter }: AuditOptions,
  onEvent: (event: AuditEvent) => void,
): Promise<number> {
  const files = directory === undefined ? undefined : await DayFiles.in(directory, environment.name);
  const recent = files?.recent ?? new RecentEvents();
  const take = (event: AuditEvent) => {
    if (files) files.write(event);
    else if (recent.add(event, auditLine(event))) onEvent(event);
  };
  let done: string | undefined;
  try {
    for (;;) {
      const container = await find(environment.name, docker, follow, done, signal);
      if (container === undefined) return files?.written ?? 0;
      const read = distributionLog();
      const since = recent.since ?? filter.since;
      for await (const line of linesOf(docker, container.Id, { since, follow, signal })) {
        const event = read(line);
        if (event && isWanted(event, filter)) take(event);
      }
      if (!follow || signal?.aborted) return files?.written ?? 0;
      done = runOf(container);
      await sleep(1000);
    }
  } finally {
    files?.close();
  }
}

/**
 * The registry's container as it is now; one that is being replaced is waited for.
 * @param done a run of a container whose log was read: nothing comes after it while the container is stopped
 * @returns nothing: the end was asked for
 */
async function find(
  environment: string,
  docker: DockerConnection,
  follow: boolean,
  done?: string,
  signal?: AbortSignal,
): Promise<ContainerInspectInfo | undefined> {
  const name = objectName(environment, "registry");
  while (!signal?.aborted) {
    const container = await inspectContainer(docker, name);
    if (container && (container.State.Running || runOf(container) !== done)) return container;
    if (!follow) throw new Failure(`There is no container ${name}`, command("up", environment));
    await sleep(1000);
  }
  return undefined;
}

const runOf = ({ Id, State }: ContainerInspectInfo) => `${Id} ${State.StartedAt}`;

async function* linesOf(docker: DockerConnection, container: string, options: Parameters<typeof logLines>[2]) {
  try {
    yield* logLines(docker.client, container, options);
  } catch (error) {
    if (options.signal?.aborted) return;
    // It was removed since: the one in its place is next.
    if (options.follow && (error as { statusCode?: number }).statusCode === 404) return;
    if (/does not support reading/.test(messageOf(error)))
      throw new Failure(
        "The engine cannot read the registry's log back: its log driver only sends it away",
        "choose json-file, local or journald by docker.logging.driver of the environment file, or read the log where it is sent",
      );
    throw dockerFailure(error, docker.host);
  }
}
