import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { connectDocker } from "../../operations/docker/docker";
import { readEnvironment, readEnvironments } from "../../operations/environments";
import { Failure } from "../../operations/failure";
import { readLogin } from "../../operations/registry/login";
import { isTroubled, readStatus, type Status } from "../../operations/status/status";
import { synthesizeStack } from "../../operations/terraform/stack";
import type { Context } from "../context";
import { EXIT } from "../io";
import { statusText } from "../render/status";

interface Options {
  readonly json?: boolean;
  /** Seconds between two looks; `true`: the default. */
  readonly watch?: number | true;
  readonly ca?: string;
  readonly images?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option("--watch [seconds]", "look again and again, every 5 seconds by default", seconds)
    .option("--images", "list every image and measure what they take, however long that takes")
    .option("--ca <file>", "PEM file of a private CA to trust")
    .option("--json", "print it as JSON")
    .action((name: string, options: Options) => show(context, name, options));
}

async function show({ io, exit, process }: Context, name: string, options: Options): Promise<void> {
  const { docker: settings } = readEnvironment(name);
  const stack = synthesizeStack(readEnvironments(), name);
  const docker = await connectDocker(settings, process.env);
  const login = readLogin(name, process.env);
  const { ca, images, json } = options;
  const look = () => readStatus({ stack, docker, login, caFiles: ca ? [ca] : [], images });
  const print = (seen: Status) =>
    io.out(json ? JSON.stringify(seen, undefined, options.watch ? 0 : 2) : statusText(seen, io.style, images));

  if (!options.watch) {
    const seen = await look();
    print(seen);
    if (isTroubled(seen)) exit(EXIT.changes);
    return;
  }
  const pause = options.watch === true ? 5 : options.watch;
  // Ends by Ctrl-C. An engine that is gone for a while, as when it is restarted, is what somebody watches for.
  for (;;) {
    const seen = await look().catch((error) => (error instanceof Failure ? error : Promise.reject(error)));
    if (process.stdout.isTTY && !json) process.stdout.write("\u001b[H\u001b[J");
    if (seen instanceof Failure) io.err(seen.message);
    else print(seen);
    await sleep(pause * 1000);
  }
}

function seconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  if (Number(text) < 1) throw new InvalidArgumentError("It must be 1 or more.");
  return Number(text);
}
