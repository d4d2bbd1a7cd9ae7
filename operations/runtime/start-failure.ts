import { command } from "../command";
import { recognise } from "../known-failures";
import type { RunningContainer } from "./runtime";

/** Why a container could not be started, and what to do. */
export interface StartFailure {
  /** In the words of what tried, or plainer ones. */
  readonly message: string;
  readonly remedy: string;
}

/** Why a container could not be started; nothing when it runs, or was started and ended later. */
export function startFailure(
  { startError: error, startRemedy }: Pick<RunningContainer, "startError" | "startRemedy">,
  environment: string,
  dockerHost: string,
): StartFailure | undefined {
  if (!error) return undefined;
  // Where there is a command that says more, the words are not those of Docker's.
  const known = startRemedy ? undefined : recognise(error, { environment, dockerHost });
  if (known) return { message: `${known.message} (${error})`, remedy: known.remedy };
  return { message: error, remedy: startRemedy ?? `correct that, then: ${command("up", environment)}` };
}
