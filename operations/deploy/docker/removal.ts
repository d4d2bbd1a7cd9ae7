import type { DockerConnection } from "../../docker/docker";
import { dockerFailure } from "../../docker/failure";
import { Failure } from "../../failure";
import type { Operation } from "../../operation";
import { inStage } from "../../progress";
import type { FoundObject } from "../objects";

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
