import type { ContainerInspectInfo } from "dockerode";
import type { DockerConnection } from "./docker";
import { dockerFailure } from "./failure";

/** What the engine knows of a container; nothing: there is none. @throws Failure when the engine does not answer */
export async function inspectContainer(
  { client, host }: Pick<DockerConnection, "client" | "host">,
  name: string,
): Promise<ContainerInspectInfo | undefined> {
  try {
    return await client.getContainer(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw dockerFailure(error, host);
  }
}
