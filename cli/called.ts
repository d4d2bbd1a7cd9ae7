import { findProgram } from "../operations/find-program";

/**
 * How a person calls this program, for commands that can be pasted: npm's runner finds it in a project, where it is on no PATH
 * of theirs; what npm itself starts has a PATH of npm's.
 */
export function howCalled({ env }: Pick<NodeJS.Process, "env">): string {
  const isOnPath = env.npm_command === undefined && findProgram("private-registry", env.PATH) !== undefined;
  return isOnPath ? "private-registry" : "npx private-registry";
}
