import type { ContainerInspectInfo } from "dockerode";
import { command } from "../command";
import { recognise } from "../known-failures";
import type { DockerConnection } from "./docker";
import { dockerFailure } from "./failure";

/** What the engine knows of a container; nothing: there is none. @throws Failure when the engine does not answer */
export async function inspectContainer(
  { client, host }: DockerConnection,
  name: string,
): Promise<ContainerInspectInfo | undefined> {
  try {
    return await client.getContainer(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw dockerFailure(error, host);
  }
}

/** Why the engine could not start a container, and what to do. */
export interface StartFailure {
  /** In the engine's own words, or plainer ones. */
  readonly message: string;
  readonly remedy: string;
}

/** What the engine says about a container that it could not start; nothing when it runs, or was started and ended later. */
export function startFailure(
  { State }: Pick<ContainerInspectInfo, "State">,
  environment: string,
  dockerHost: string,
): StartFailure | undefined {
  if (State.Running || !State.Error) return undefined;
  const known = recognise(State.Error, { environment, dockerHost });
  if (known) return { message: `${known.message} (${State.Error.trim()})`, remedy: known.remedy };
  return { message: State.Error.trim(), remedy: `correct that, then: ${command("up", environment)}` };
}
