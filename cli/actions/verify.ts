import { text } from "node:stream/consumers";
import { Failure } from "../../operations/failure";
import { type Login, readLogin } from "../../operations/registry/login";
import { secretsPath } from "../../operations/secrets/file";
import { secretValues } from "../../operations/secrets/values";
import type { Check } from "../../operations/verify/check";
import { verify } from "../../operations/verify/verify";
import { describe } from "../../stacks";
import type { VerifyOptions } from "../commands/verify";
import type { Context } from "../context";
import { readEnvironment } from "../environments";
import { EXIT } from "../io";
import { checksSummary, checkText } from "../render/check";

export async function verifyEnvironment(context: Context, name: string, options: VerifyOptions): Promise<void> {
  const { io, exit } = context;
  const checks = await runVerify(context, name, options, { tell: !options.json, now: waitingLine(io) });
  io.transient("");
  if (options.json) io.out(JSON.stringify({ environment: name, checks }, undefined, 2));
  else io.err(`${name}: ${checksSummary(checks)}`);
  if (checks.some(({ status }) => status === "failed")) exit(EXIT.changes);
}

/** What is waited for: a line that is redrawn, or in a log file one every 10 s. */
function waitingLine(io: Context["io"]): (text: string) => void {
  let told = 0;
  return (text) => {
    io.transient(`· ${text}`);
    if (io.watched || Date.now() - told < 10_000) return;
    told = Date.now();
    io.err(text);
  };
}

export interface VerifyOutput {
  /** Print each check as soon as it is known. */
  readonly tell: boolean;
  /** Hears what is waited for. */
  readonly now: (text: string) => void;
}

/** Runs all checks. */
export async function runVerify(
  { io, process }: Context,
  name: string,
  options: VerifyOptions,
  { tell, now }: VerifyOutput,
): Promise<readonly Check[]> {
  const environment = readEnvironment(name);
  const [stack] = describe([environment]).stacks;
  const variables = process.env;
  const { values } = secretValues(name, stack?.variableNames ?? [], variables, secretsPath(name));
  return verify({
    environment,
    url: stack?.registry.distribution.url ?? "",
    variables,
    secrets: values,
    login: await chooseLogin(process, name, options),
    caFiles: options.ca ? [options.ca] : [],
    onProgress: now,
    onCheck: tell ? (check) => io.err(checkText(check, io.errStyle)) : undefined,
  });
}

async function chooseLogin(
  process: NodeJS.Process,
  name: string,
  { user, passwordStdin }: VerifyOptions,
): Promise<Login | undefined> {
  if (user === undefined && !passwordStdin) return readLogin(name, process.env);
  if (user === undefined || !passwordStdin) {
    throw new Failure("A login is a name and a password", "give both --user NAME and --password-stdin");
  }
  return { user, password: (await text(process.stdin)).replace(/\r?\n$/, "") };
}
