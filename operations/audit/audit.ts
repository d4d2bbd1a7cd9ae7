import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspectInfo } from "dockerode";
import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { inspectContainer } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { dockerFailure, messageOf } from "../docker/failure";
import { logLines } from "../docker/log-stream";
import { Failure } from "../failure";
import { DayFiles } from "./day-files";
import { type AuditEvent, type AuditFilter, auditLine, isWanted } from "./event";
import { RecentEvents } from "./recent";
import { type AuditSource, auditSources } from "./sources";

export interface AuditOptions extends AuditFilter {
  /** Go on with what comes, through restarts and replacements of the container. */
  readonly follow: boolean;
  /** Folder to keep the events in; goes on after the last one in it. @default - they are handed out */
  readonly directory?: string;
  /** @default - until it is ended */
  readonly signal?: AbortSignal;
}

/**
 * What people did, from the logs of the registry and, with rights, of its token server.
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
    if (!isWanted(event, filter)) return;
    if (files) files.write(event);
    else if (recent.add(event, auditLine(event))) onEvent(event);
  };
  const sources = auditSources(environment);
  const end = new AbortController();
  const ended = AbortSignal.any([end.signal, ...(signal ? [signal] : [])]);
  const events = (source: AuditSource, goesOn: boolean) =>
    eventsOf(environment.name, docker, source, goesOn, () => recent.since ?? filter.since, ended);
  try {
    // What is there first, in order: whoever is ended meanwhile goes on from the last event of all.
    if (!follow || sources.length > 1) {
      const there = inOrder(sources.map((source) => events(source, false)));
      for await (const event of there) take(event);
    }
    const followEach = async (source: AuditSource) => {
      for await (const event of events(source, true)) take(event);
    };
    if (follow) await Promise.all(sources.map(followEach));
    return files?.written ?? 0;
  } finally {
    end.abort();
    files?.close();
  }
}

/** @param goesOn through restarts and replacements of the container; what is there is enough otherwise */
async function* eventsOf(
  environment: string,
  docker: DockerConnection,
  source: AuditSource,
  goesOn: boolean,
  since: () => number | undefined,
  signal: AbortSignal,
): AsyncGenerator<AuditEvent> {
  let done: string | undefined;
  for (;;) {
    const container = await find(environment, docker, source, goesOn, done, signal);
    if (container === undefined) return;
    const read = source.reader();
    const options = { since: since(), follow: goesOn, timestamps: source.timestamps, signal };
    for await (const line of linesOf(docker, container.Id, options)) {
      const event = read(line);
      if (event) yield event;
    }
    if (!goesOn || signal.aborted) return;
    done = runOf(container);
    await sleep(1000);
  }
}

/** The events of several logs as one, by their times. */
async function* inOrder(logs: readonly AsyncGenerator<AuditEvent>[]): AsyncGenerator<AuditEvent> {
  try {
    const next = await Promise.all(logs.map((log) => log.next()));
    for (;;) {
      let first = -1;
      next.forEach(({ done, value }, n) => {
        if (!done && (first < 0 || value.time < next[first]?.value.time)) first = n;
      });
      const log = logs[first];
      if (log === undefined) return;
      yield next[first]?.value;
      next[first] = await log.next();
    }
  } finally {
    await Promise.all(logs.map((log) => log.return(undefined)));
  }
}

/**
 * A container as it is now; one that is being replaced is waited for.
 * @param done a run of a container whose log was read: nothing comes after it while the container is stopped
 * @returns nothing: the end was asked for, or there is none and that is no failure
 */
async function find(
  environment: string,
  docker: DockerConnection,
  { noun, isRequired }: AuditSource,
  follow: boolean,
  done: string | undefined,
  signal: AbortSignal,
): Promise<ContainerInspectInfo | undefined> {
  const name = objectName(environment, noun);
  while (!signal.aborted) {
    const container = await inspectContainer(docker, name);
    if (container && (container.State.Running || runOf(container) !== done)) return container;
    if (!follow && !isRequired) return undefined;
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
        "The engine cannot read the log back: its log driver only sends it away",
        "choose json-file, local or journald by docker.logging.driver of the environment file, or read the log where it is sent",
      );
    throw dockerFailure(error, docker.host);
  }
}
