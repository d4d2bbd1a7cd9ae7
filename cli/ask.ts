import { Failure } from "../operations/failure";
import type { Context } from "./context";

/**
 * Asks a person to go on. Where nobody can be asked, a flag has to have answered.
 * @throws Failure when the answer is no, or there is no terminal
 */
export async function confirm({ io }: Context, question: string, flag: string): Promise<void> {
  if (!io.interactive) throw new Failure("No terminal to ask on: nothing was changed", `pass ${flag}`);
  const prompts = await import("@inquirer/prompts");
  if (!(await prompts.confirm({ message: question, default: false }))) throw new Failure("Nothing was changed");
}

/** Asks a person to type a name, for what cannot be undone. @throws Failure when something else is typed */
export async function confirmName(
  { io }: Context,
  question: string,
  name: string,
  given: string | undefined,
  flag: string,
): Promise<void> {
  const refusal = `That is not ${name}. Nothing was changed`;
  if (given !== undefined) {
    if (given !== name) throw new Failure(refusal);
    return;
  }
  if (!io.interactive) throw new Failure("No terminal to ask on: nothing was changed", `pass ${flag} ${name}`);
  const prompts = await import("@inquirer/prompts");
  if ((await prompts.input({ message: question })) !== name) throw new Failure(refusal);
}

/** Asks for a value that the screen must not show. */
export async function askSecret(what: string): Promise<string> {
  const { password } = await import("@inquirer/prompts");
  return password({ message: what, validate: (value) => value !== "" || "It must not be empty" });
}
