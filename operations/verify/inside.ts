import type { ContainerInspectInfo } from "dockerode";
import type { Environment } from "../../config";
import type { StorageServer } from "../../constructs";
import { RegistryImages } from "../../constructs/images";
import { watchersOf } from "../../constructs/monitoring/options";
import { objectName } from "../../constructs/values/object-names";
import { publishedAddresses } from "../../constructs/values/publish";
import { storageServer } from "../../stacks";
import { command } from "../command";
import { findDeath } from "../docker/container-death";
import type { DockerConnection } from "../docker/docker";
import { engineName } from "../docker/images";
import { runningContainer } from "../docker/runtime";
import { describeDeath, memoryRemedy } from "../runtime/death";
import { startFailure } from "../runtime/start-failure";
import type { Secrets } from "../secrets/file";
import { checkBucketKey } from "./bucket-key";
import { type Checks, failed, type Outcome, passed, skipped, warning } from "./check";
import { checkTargets } from "./targets";

export interface InsideExpectations {
  readonly environment: Environment;
  /** Values that must not be visible on a container, by the name of their variable. */
  readonly secrets: Secrets;
}

/** What only the Docker Engine can tell: health, restarts, volumes, images, what leaks, what the registry's key may do. */
export async function checkInside(
  checks: Checks,
  docker: DockerConnection,
  expected: InsideExpectations,
): Promise<void> {
  const { environment } = expected;
  const server = storageServer(environment);
  const images = new RegistryImages(environment.images);
  const parts = [
    { noun: "registry", image: images.distribution.toString() },
    ...(server ? [{ noun: server.noun, image: server.image.toString() }] : []),
    ...(environment.access ? [{ noun: "token", image: images.tokenServer.toString() }] : []),
    ...watchersOf(environment.monitoring).map((noun) => ({ noun, image: images[noun].toString() })),
    ...(environment.ui ? [{ noun: "ui", image: images.ui.toString() }] : []),
  ];
  const found: ContainerInspectInfo[] = [];
  for (const { noun, image } of parts) {
    const name = `${environment.name}-${noun}`;
    const container = await inspect(docker, name);
    await checks.run(`${noun}-healthy`, `container ${name} is healthy`, () =>
      health(docker, container, { name, noun, environment: environment.name }),
    );
    if (!container) continue;
    found.push(container);
    await checks.run(`${noun}-image`, `${name} runs the image that is pinned`, () =>
      checkImage(docker, container, image),
    );
  }
  if (server) {
    const running = found.find(({ Name }) => Name === `/${server.container}`);
    const look = (check: (container: ContainerInspectInfo) => Promise<Outcome>) => async () =>
      running ? check(running) : failed(`${server.product} does not run`);
    await checks.run(
      "data-volume",
      "the data is where it should be",
      look((container) => checkData(docker, container, server)),
    );
    await checks.run(
      "storage-private",
      "storage is on its internal network, published only as asked",
      look((container) => checkPrivacy(docker, container, environment.name, server)),
    );
    await checks.run(
      "bucket-key",
      "the registry's key reaches its own bucket and no other",
      look(async ({ State }) =>
        State.Running ? checkBucketKey(docker, server, expected.secrets) : failed(`${server.product} does not run`),
      ),
    );
  }
  await checkTargets(checks, docker, environment);
  await checks.run("no-secrets", "no container shows a secret in variables, arguments or labels", () =>
    checkLeaks(found, expected.secrets),
  );
}

async function inspect({ client }: DockerConnection, name: string): Promise<ContainerInspectInfo | undefined> {
  return client
    .getContainer(name)
    .inspect()
    .catch((error) => (error.statusCode === 404 ? undefined : Promise.reject(error)));
}

interface Part {
  readonly name: string;
  readonly noun: string;
  readonly environment: string;
}

async function health(
  docker: DockerConnection,
  container: ContainerInspectInfo | undefined,
  { name, noun, environment }: Part,
) {
  if (!container) return failed(`there is no container ${name}`, `${command("up", environment)} makes it`);
  const { State, RestartCount } = container;
  const death = await findDeath(docker, container);
  const remedy = (death && memoryRemedy(death, noun, environment)) ?? `${command("logs", environment, noun)} says more`;
  const why = death ? `, ${describeDeath(death)}` : "";
  const failure = startFailure(runningContainer(docker, container), environment, docker.host);
  if (failure) return failed(`${State.Status}: ${failure.message}`, failure.remedy);
  if (!State.Running) return failed(`${State.Status}${why}`, remedy);
  if (State.Health?.Status !== "healthy") return failed(`${State.Health?.Status ?? "no health check"}${why}`, remedy);
  if (!death) return passed();
  const restarts = `healthy, ${RestartCount} ${RestartCount === 1 ? "restart" : "restarts"}${why}`;
  return death.cause === "orderly" ? passed(restarts) : warning(restarts, remedy);
}

async function checkImage({ client }: DockerConnection, container: ContainerInspectInfo, image: string) {
  const wanted = await client
    .getImage(engineName(image))
    .inspect()
    .catch(() => undefined);
  if (!wanted)
    return failed(`${image} is not on the host, and it runs ${container.Image.slice(0, 19)}…`, (name) =>
      command("up", name),
    );
  if (wanted.Id !== container.Image)
    return failed(`it runs ${container.Image.slice(0, 19)}…, and ${image} is ${wanted.Id.slice(0, 19)}…`, (name) =>
      command("up", name),
    );
  return image.includes("@")
    ? passed(image.replace(/(@sha256:.{12}).*/, "$1…"))
    : warning(`${image}: by tag, which may move; add @sha256:…`);
}

async function checkData(
  { client }: DockerConnection,
  { Mounts: mounts }: ContainerInspectInfo,
  { directories, volume }: StorageServer,
) {
  if (!volume) {
    const missing = directories.filter((directory) => !mounts.some(({ Source }) => Source === directory));
    return missing.length === 0
      ? passed(`directories ${directories.join(", ")}`)
      : failed(`not mounted: ${missing.join(", ")}`, (name) => command("up", name));
  }
  const { name } = volume;
  if (!mounts.some((mount) => mount.Name === name && mount.Destination === "/data"))
    return failed(`volume ${name} is not mounted`, (name) => command("up", name));
  const { CreatedAt } = (await client.getVolume(name).inspect()) as { CreatedAt?: string };
  return passed(`volume ${name}${CreatedAt ? `, since ${CreatedAt.slice(0, 10)}` : ""}`);
}

async function checkPrivacy(
  { client }: DockerConnection,
  { NetworkSettings }: ContainerInspectInfo,
  name: string,
  { ports }: StorageServer,
) {
  const wanted = ports.flatMap(({ published: one }) =>
    one ? publishedAddresses(one).map((address) => `${address}:${one.port}`) : [],
  );
  const published = Object.values(NetworkSettings.Ports ?? {}).flatMap((bindings) => bindings ?? []);
  const surplus = published
    .map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`)
    .filter((one) => !wanted.includes(one));
  if (surplus.length > 0) return failed(`also published: ${surplus.join(", ")}`, (name) => command("up", name));
  const { Internal } = await client.getNetwork(objectName(name, "storage")).inspect();
  if (!Internal) return failed(`network ${objectName(name, "storage")} is not internal`, (name) => command("up", name));
  const allowed = [objectName(name, "storage"), ...(wanted.length > 0 ? [objectName(name, "edge")] : [])];
  const others = Object.keys(NetworkSettings.Networks).filter((network) => !allowed.includes(network));
  return others.length > 0
    ? failed(`also on ${others.join(", ")}`, (name) => `docker network disconnect it, then: ${command("up", name)}`)
    : passed();
}

function checkLeaks(containers: readonly ContainerInspectInfo[], secrets: Secrets) {
  const values = visibleValues(secrets);
  if (values.length === 0) return skipped("no secrets at hand to look for");
  const leaks = containers.flatMap(({ Name, Config }) => {
    const shown = JSON.stringify([Config.Env, Config.Cmd, Config.Entrypoint, Config.Labels]);
    return values.filter(({ value }) => shown.includes(value)).map(({ name }) => `${name} on ${Name.slice(1)}`);
  });
  return leaks.length === 0 ? passed() : failed(leaks.join(", "), "whoever may inspect containers reads it: rotate it");
}

/** What would be recognised, a line of a secret each; shorter ones are found in any text. */
export function visibleValues(secrets: Secrets): { readonly name: string; readonly value: string }[] {
  return Object.entries(secrets).flatMap(([name, value]) =>
    value.split("\n").flatMap((line) => (line.length >= 8 ? [{ name, value: line }] : [])),
  );
}
