import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { PlanJson } from "../../../plan/plan-json";
import { runInContainer } from "../../docker/container-exec";
import { tailOf } from "../../docker/container-logs";
import type { DockerConnection } from "../../docker/docker";
import { dockerFailure, messageOf } from "../../docker/failure";
import { type TarFile, tarOf } from "../../docker/tar";
import { Failure } from "../../failure";
import { stopIfAsked } from "../../interruption";
import type { Operation } from "../../operation";
import { inStage } from "../../progress";
import { storageProblemIn } from "../../storage-failures";
import { newCacheServers, silentServers } from "./cache-trial";
import { tryPorts } from "./port-trial";
import {
  changesStorage,
  containerOf,
  filesOf,
  healthCheckOf,
  imageOf,
  METRICS_PATH,
  type PlannedContainer,
  plannedOthers,
  plannedRegistry,
  trialName,
} from "./trial-spec";

const PATIENCE_MS = 60_000;
/** Where nobody can ask what the storage said: it was asked more than once by then. */
const SETTLED_MS = 3_000;
const STORAGE_MS = 20_000;

/**
 * Before a registry that runs is touched, the planned one is started beside it, without its ports: what cannot start, or
 * does not reach its storage, changes nothing. New addresses and ports are tried with a container of their own. RustFS cannot
 * run beside the one that has its disk: the engine is only asked whether it would make it.
 * @throws Failure with the cause that its log tells
 */
export async function tryPlanned(
  operation: Operation,
  docker: DockerConnection,
  plan: PlanJson,
  directory: string,
): Promise<void> {
  await tryPorts(operation, docker, plan);
  for (const other of plannedOthers(plan)) await tryToMake(docker, other);
  const change = plannedRegistry(plan);
  if (!change) return;
  const planned = change.change.after as unknown as PlannedContainer;
  const running = await inspect(docker, planned.name);
  if (!running?.State.Running) return;
  const image = imageOf(plan, planned);
  const storage = changesStorage(plan) ? "unchecked" : "checked";
  const files = filesOf(planned, directory, storage);
  await inStage(operation.progress, "try", async (stage) => {
    if (!image || !files) return { value: undefined, result: "not possible: what it needs is known at the apply only" };
    stage.now(`${planned.name} as planned, beside the one that runs`);
    const known = (planned.networks_advanced ?? []).flatMap(({ name }) => name ?? []);
    const isKnown = known.length === (planned.networks_advanced ?? []).length;
    const networks = isKnown ? known : Object.keys(running.NetworkSettings.Networks);
    const caches = newCacheServers(change);
    await runTrial(operation, docker, { planned, image, files, networks, storage, caches });
    const result = storage === "checked" ? "it starts, and its storage answers" : "it starts";
    return { value: undefined, result };
  });
}

/** Has the engine make a container beside one that runs, and removes it unstarted: limits and mounts are refused at that. */
async function tryToMake(docker: DockerConnection, planned: PlannedContainer): Promise<void> {
  const running = await inspect(docker, planned.name);
  if (!running?.State.Running) return;
  const image = planned.image ?? running.Image;
  const made = await make(docker, planned, image);
  await made.remove({ force: true, v: true }).catch(() => {});
}

/** @throws Failure saying that nothing was changed */
async function make(
  { client, host }: DockerConnection,
  planned: PlannedContainer,
  image: string,
  network?: string,
): Promise<Docker.Container> {
  try {
    const { Volumes } = await client.listVolumes();
    const volumes = new Set((Volumes ?? []).map(({ Name }) => Name));
    const options = containerOf(planned, { image, network, volumes });
    return await client.createContainer({ ...options, name: trialName(planned.name) });
  } catch (error) {
    throw cannotStart(error, host, planned.name);
  }
}

function cannotStart(error: unknown, host: string, name: string): Failure {
  const known = dockerFailure(error, host);
  return new Failure(
    `The planned ${name} cannot be started; nothing was changed, ${name} runs as before`,
    known.remedy,
    messageOf(error),
  );
}

interface Trial {
  readonly planned: PlannedContainer;
  readonly image: string;
  readonly files: readonly TarFile[];
  readonly networks: readonly string[];
  /** Whether it is the storage that the registry will have. */
  readonly storage: "checked" | "unchecked";
  /** Redis servers that it had not before, as HOST:PORT. */
  readonly caches: readonly string[];
}

async function runTrial(operation: Operation, docker: DockerConnection, trial: Trial): Promise<void> {
  const { planned, image, networks } = trial;
  const [network] = networks;
  const container = await make(docker, planned, image, network);
  try {
    await start(docker, container, trial);
    const failure = await watch(operation, docker, container, trial);
    if (failure) throw await explained(docker, container, planned.name, failure);
    if (!operation.interruption.gentle.aborted) await tryCaches(docker, container, trial);
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {});
  }
  stopIfAsked(operation.interruption, "Nothing was changed.");
}

/** @throws Failure when none of the new Redis servers is reached */
async function tryCaches({ client }: DockerConnection, { id }: Docker.Container, { planned: { name }, caches }: Trial) {
  const silent = await silentServers(client, id, caches);
  if (!silent) return;
  throw new Failure(
    `The planned ${name} does not reach its Redis server: ${silent}; nothing was changed, ${name} runs as before`,
    "start the server, or correct registry.cache.addresses (registry.configuration.redis.addrs) in the environment file",
  );
}

async function start(
  { client, host }: DockerConnection,
  container: Docker.Container,
  { planned, files, networks }: Trial,
): Promise<void> {
  try {
    for (const other of networks.slice(1)) await client.getNetwork(other).connect({ Container: container.id });
    await container.putArchive(tarOf(files), { path: "/" });
    await container.start();
  } catch (error) {
    throw cannotStart(error, host, planned.name);
  }
}

/** @returns why it is no good; nothing when it is healthy and its storage has answered */
async function watch(
  { interruption }: Operation,
  { client }: DockerConnection,
  container: Docker.Container,
  { planned, storage }: Trial,
): Promise<string | undefined> {
  const deadline = Date.now() + PATIENCE_MS;
  let healthySince: number | undefined;
  let last = "";
  while (Date.now() < deadline && !interruption.gentle.aborted) {
    const { State } = await container.inspect();
    last = State.Health?.Log?.at(-1)?.Output.trim() || last;
    const hopeless = hopelessness(State, last);
    if (hopeless) return hopeless;
    if (isHealthy(State)) {
      healthySince ??= Date.now();
      const verdict =
        storage === "unchecked" ? "good" : await judgeStorage(client, container.id, planned, healthySince);
      if (verdict !== "wait") return verdict === "good" ? undefined : verdict;
    }
    await sleep(200);
  }
  if (interruption.gentle.aborted) return undefined;
  return `it is not healthy after ${PATIENCE_MS / 1000} s${last && `: ${last}`}`;
}

type State = Docker.ContainerInspectInfo["State"];

function isHealthy({ Health }: State): boolean {
  return Health?.Status === "healthy" && (Health.Log?.at(-1)?.ExitCode ?? 0) === 0;
}

/** What waiting would not mend. */
function hopelessness(state: State, last: string): string | undefined {
  const { Running, ExitCode, OOMKilled, Health } = state;
  if (!Running) return `it ended with exit code ${ExitCode}${OOMKilled ? ", killed for lack of memory" : ""}`;
  return Health?.Status === "unhealthy" ? `its health check fails${last && `: ${last}`}` : undefined;
}

/** Whether a registry that is healthy has heard from its storage. */
async function judgeStorage(client: Docker, id: string, planned: PlannedContainer, healthySince: number) {
  const passed = Date.now() - healthySince;
  const asked = await storageAnswers(client, id, planned);
  // The answer may have been a refusal: the page of its health says so.
  if (asked === "answered") return (await isHealthyNow(client, id, planned)) ? "good" : "wait";
  if (asked === "unknown") return passed > SETTLED_MS ? "good" : "wait";
  return passed > STORAGE_MS ? `its storage does not answer within ${STORAGE_MS / 1000} s` : "wait";
}

/** Whether the registry's first question to its storage has come back; it counts them. */
async function storageAnswers(client: Docker, id: string, planned: PlannedContainer) {
  const metrics = await ask(client, id, planned, METRICS_PATH);
  if (!metrics.trim()) return "unknown";
  return /^registry_storage_action_seconds_count\{[^}]*action="Stat"[^}]*\} [1-9]/m.test(metrics)
    ? "answered"
    : "silent";
}

/** The health page lists what fails. */
async function isHealthyNow(client: Docker, id: string, planned: PlannedContainer): Promise<boolean> {
  return (await ask(client, id, planned, "/debug/health")).trim() === "{}";
}

/** Asks the debug server from inside, as the health check does, and never by a proxy. @returns what it says, if it is fine */
async function ask(client: Docker, id: string, planned: PlannedContainer, path: string): Promise<string> {
  const url = healthCheckOf(planned)?.test.find((word) => word.startsWith("http://127.0.0.1:"));
  if (!url) return "";
  const direct = ["env", "-u", "http_proxy", "-u", "HTTP_PROXY"];
  const command = [...direct, "wget", "-q", "-O", "-", new URL(path, url).href];
  const { stdout } = await runInContainer(client, id, command).catch(() => ({ stdout: "" }));
  return stdout;
}

/** The lines of a log that tell what went wrong: errors, or the last ones. */
async function explained(docker: DockerConnection, container: Docker.Container, name: string, why: string) {
  const log = (await tailOf(docker.client, container.id, 40).catch(() => "")).split("\n");
  const telling = log.filter((line) => /level"?[=:]"?(error|fatal|panic)|^panic:|^(configuration )?error/i.test(line));
  const lines =
    telling.length > 0
      ? [...new Map(telling.map((line) => [messageIn(line), line])).values()].slice(-3)
      : log.slice(-8);
  const storage = lines.map(storageProblem).find((problem) => problem !== undefined);
  return new Failure(
    `The planned ${name} does not work: ${storage ?? why}; nothing was changed, ${name} runs as before`,
    storage ? "see what the storage said below" : "correct the environment file: the log below says what is wrong",
    lines.join("\n"),
  );
}

/** What the storage's driver could not do, by a line of the log. */
const storageProblem = (line: string): string | undefined =>
  line.includes("s3aws: ") ? storageProblemIn(messageIn(line)) : undefined;

/** What a line says, so that it is shown once however often the registry tried. */
function messageIn(line: string): string {
  const said = /"msg":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line;
  return said.replace(/,? ?(request|host) id: \S+/g, "");
}

async function inspect({ client, host }: DockerConnection, name: string) {
  try {
    return await client.getContainer(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw dockerFailure(error, host);
  }
}
