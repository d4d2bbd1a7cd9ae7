import { text } from "node:stream/consumers";
import { Failure } from "../operations/failure";
import type { Login } from "../operations/registry/login";

/** How a command is told who logs in to a registry. */
export interface LoginOptions {
  readonly user?: string;
  readonly passwordStdin?: boolean;
}

/** Name and password of the user that was named; nothing: the one that `secrets init` made. @throws Failure when one is missing */
export async function givenLogin(
  process: NodeJS.Process,
  { user, passwordStdin }: LoginOptions,
): Promise<Login | undefined> {
  if (user === undefined && !passwordStdin) return undefined;
  if (user === undefined || !passwordStdin) {
    throw new Failure("A login is a name and a password", "give both --user NAME and --password-stdin");
  }
  return { user, password: (await text(process.stdin)).replace(/\r?\n$/, "") };
}
