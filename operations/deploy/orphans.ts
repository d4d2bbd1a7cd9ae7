import type { DockerConnection } from "../docker/docker";
import { dockerFailure } from "../docker/failure";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { terraformFailure } from "../terraform/failure";
import type { FoundObject } from "./engine-objects";
import { runRecorded } from "./run";

/** What an apply of ours left when it was killed, as a person reads it. */
export function orphansText(orphans: readonly FoundObject[]): string[] {
  return orphans.map(({ kind, name }) =>
    kind === "volume"
      ? `volume ${name}: left by an apply that was killed; taken over with what is in it`
      : `${kind} ${name}: left by an apply that was killed; it holds no data and is removed`,
  );
}

/** Takes over volumes that the state does not know, by `terraform import`: nothing in them is touched. */
export async function importVolumes(
  operation: Operation,
  directory: string,
  orphans: readonly FoundObject[],
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<void> {
  const volumes = orphans.filter(({ kind, address }) => kind === "volume" && address);
  if (volumes.length === 0) return;
  await inStage(operation.progress, "take over", async (stage) => {
    for (const { name, address = "" } of volumes) {
      const command = ["import", "-input=false", "-no-color", ...args, address, name];
      const result = await runRecorded(operation, directory, command, { variables });
      if (result.code !== 0) throw await terraformFailure(operation, `take over volume ${name}`, result);
      stage.line(`volume ${name} is in the state again`);
    }
    return { value: undefined, result: `${volumes.length} of ours` };
  });
}

/** Removes containers and networks that an apply left when it was killed. Volumes are never removed here. */
export async function removeOrphans(
  { progress }: Operation,
  docker: DockerConnection,
  orphans: readonly FoundObject[],
): Promise<void> {
  const containers = orphans.filter(({ kind }) => kind === "container");
  const networks = orphans.filter(({ kind }) => kind === "network");
  if (containers.length + networks.length === 0) return;
  await inStage(progress, "tidy up", async (stage) => {
    for (const { id, name } of containers) {
      await removeContainer(docker, id);
      stage.line(`container ${name} removed`);
    }
    for (const { id, name } of networks) {
      await removeNetwork(docker, id, name);
      stage.line(`network ${name} removed`);
    }
    return { value: undefined, result: `${containers.length + networks.length} left over by an apply that was killed` };
  });
}

/** Stops a container with the time that it was given for that, then removes it. */
async function removeContainer({ client, host }: DockerConnection, id: string): Promise<void> {
  const container = client.getContainer(id);
  try {
    const { Config } = (await container.inspect()) as { Config: { StopTimeout?: number } };
    await container.stop({ t: Config.StopTimeout ?? 10 }).catch(ignoring(304, 404));
    await container.remove({ force: true, v: true }).catch(ignoring(404, 409));
  } catch (error) {
    if (statusOf(error) !== 404) throw dockerFailure(error, host);
  }
}

async function removeNetwork({ client, host }: DockerConnection, id: string, name: string): Promise<void> {
  try {
    const { Containers = {} } = await client.getNetwork(id).inspect();
    const attached = Object.values(Containers as Record<string, { Name: string }>).map(({ Name }) => Name);
    if (attached.length > 0) {
      throw new Failure(
        `Network ${name} was left by an apply that was killed, and must be made anew, but others are on it: ${attached.join(", ")}`,
        attached.map((container) => `docker network disconnect ${name} ${container}`).join("; "),
      );
    }
    await client.getNetwork(id).remove();
  } catch (error) {
    if (statusOf(error) !== 404) throw dockerFailure(error, host);
  }
}

const statusOf = (error: unknown) => (error as { statusCode?: number }).statusCode;

const ignoring =
  (...statuses: number[]) =>
  (error: unknown) => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
