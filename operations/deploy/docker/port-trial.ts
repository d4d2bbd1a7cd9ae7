import { createdContainers, DOCKER_TYPES, type PlanJson } from "../../../plan/plan-json";
import type { DockerConnection } from "../../docker/docker";
import { messageOf } from "../../docker/failure";
import { Failure } from "../../failure";
import type { Operation } from "../../operation";
import { inStage } from "../../progress";
import { stateOf } from "../objects";
import { imageOf, labelsOf, type PlannedContainer, type PlannedPort, trialName } from "./trial-spec";

const EVERYWHERE = new Set(["127.0.0.1", "::1", "0.0.0.0", "::"]);
const REFUSED =
  /port is already allocated|address already in use|cannot assign requested address|permission denied|driver failed programming external connectivity|failed to bind/i;

/**
 * Publishes every new address and port for a moment, with a container that ends at once. A port that the running container
 * holds is tried by its address alone. On this machine, addresses that every host has were tried by listening on them.
 * @throws Failure saying what the engine said
 */
export async function tryPorts(operation: Operation, docker: DockerConnection, plan: PlanJson): Promise<void> {
  const containers = createdContainers(plan).map(({ change }) => change.after as unknown as PlannedContainer);
  for (const planned of containers) {
    const held = await bindings(docker, planned.name);
    const fresh = (planned.ports ?? []).filter(
      ({ ip, external }) =>
        !held.some((one) => one.ip === ip && one.external === external) && !(docker.isLocal && EVERYWHERE.has(ip)),
    );
    const image = fresh.length > 0 ? imageOf(plan, planned) : undefined;
    if (!image) continue;
    await inStage(operation.progress, "try ports", async () => {
      for (const port of fresh) {
        const isOwn = held.some(({ external }) => external === port.external);
        await publish(operation, docker, plan, planned, { port, image, isOwn });
      }
      return { value: undefined, result: fresh.map(({ ip, external }) => `${ip}:${external}`).join(", ") };
    });
  }
}

interface Attempt {
  readonly port: PlannedPort;
  readonly image: string;
  /** The container that runs holds the port, at another address. */
  readonly isOwn: boolean;
}

async function publish(
  { environment }: Operation,
  { client }: DockerConnection,
  plan: PlanJson,
  planned: PlannedContainer,
  { port: { ip, external, internal }, image, isOwn }: Attempt,
): Promise<void> {
  const inside = `${internal}/tcp`;
  // A network with a way out, as the registry will have; the engine's own where there is none yet.
  const edge = stateOf(plan).find(({ address }) => address === `${DOCKER_TYPES.network}.edge`)?.values.id;
  const container = await client
    .createContainer({
      name: trialName(planned.name),
      Image: image,
      Entrypoint: ["true"],
      Cmd: [],
      Labels: labelsOf(planned),
      ExposedPorts: { [inside]: {} },
      HostConfig: {
        NetworkMode: typeof edge === "string" ? edge : "bridge",
        PortBindings: { [inside]: [{ HostIp: ip, HostPort: isOwn ? "" : String(external) }] },
      },
    })
    .catch(() => undefined);
  if (!container) return;
  try {
    await container.start();
  } catch (error) {
    const said = messageOf(error);
    // Ports come before the program: whatever else it says, they were free.
    if (!REFUSED.test(said)) return;
    const isMissing = /cannot assign requested address/i.test(said);
    throw new Failure(
      isMissing
        ? `The Docker host has no address ${ip} to publish ${planned.name} on; nothing was changed`
        : `${ip}:${external} cannot be published for ${planned.name}; nothing was changed`,
      isMissing
        ? `in environments/${environment.name}.yaml, publish on an address of the host (ip address), or on 0.0.0.0`
        : `stop what uses it, or choose another port in environments/${environment.name}.yaml`,
      said,
    );
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {});
  }
}

/** What a container of that name publishes now. */
async function bindings({ client }: DockerConnection, name: string): Promise<{ ip: string; external: number }[]> {
  const found = await client
    .getContainer(name)
    .inspect()
    .catch(() => undefined);
  if (!found?.State.Running) return [];
  const all = (found.HostConfig.PortBindings ?? {}) as Record<string, { HostIp: string; HostPort: string }[] | null>;
  return Object.values(all).flatMap((list) =>
    (list ?? []).map(({ HostIp, HostPort }) => ({ ip: HostIp || "0.0.0.0", external: Number(HostPort) })),
  );
}
