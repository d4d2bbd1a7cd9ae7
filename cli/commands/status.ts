import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { readEnvironment, readEnvironments } from "../../operations/environments";
import { Failure } from "../../operations/failure";
import { whileReachable } from "../../operations/kubernetes/port-forward";
import { readLogin } from "../../operations/registry/login";
import { connect } from "../../operations/runtime/connect";
import { isTroubled, readCounted, readEssentials, statusOf } from "../../operations/status/status";
import { type SynthesizedStack, synthesizeStack } from "../../operations/terraform/stack";
import type { Context } from "../context";
import { EXIT } from "../io";
import { countedText, essentialText, repositoryText } from "../render/status";
import { CA, JSON_RESULT, wholeNumber } from "./options";

interface Options {
  readonly json?: boolean;
  /** Seconds between two looks; `true`: the default. */
  readonly watch?: number | true;
  readonly ca?: string;
  readonly images?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option("--watch [seconds]", "look again and again, every 5 seconds by default", wholeNumber(1))
    .option("--images", "list every image and measure its size; this can take long")
    .option(...CA)
    .option(...JSON_RESULT)
    .action((name: string, options: Options) => show(context, name, options));
}

async function show({ io, exit, process }: Context, name: string, options: Options): Promise<void> {
  const environment = readEnvironment(name);
  const runtime = await connect(environment, process.env);
  const { ca, images, json } = options;
  const caFiles = ca ? [ca] : [];
  let stack: SynthesizedStack | undefined;
  /** Tells what is there at once, then counts; building the stack comes after the first, for it takes longer. */
  const look = () => whileReachable(environment, runtime, lookOnce);
  const lookOnce = async (): Promise<boolean> => {
    const essentials = await readEssentials(environment, runtime, caFiles);
    if (!json) io.out(essentialText(essentials, io.style));
    stack ??= synthesizeStack(readEnvironments(), name);
    const counted = await readCounted({
      ...{ stack, runtime, caFiles, images },
      login: readLogin(name, process.env),
      onListed: images && !json ? (one) => print(repositoryText(one)) : undefined,
      onProgress: (names, listed) => io.transient(`images: ${listed} of ${names} repositories`),
    });
    io.transient("");
    if (json) io.out(JSON.stringify(statusOf(essentials, counted), undefined, options.watch ? 0 : 2));
    else io.out(countedText(counted, io.style, images));
    return isTroubled(essentials, counted);
  };
  const print = (line: string) => {
    io.transient("");
    io.out(line);
  };

  if (!options.watch) {
    if (await look()) exit(EXIT.changes);
    return;
  }
  const pause = options.watch === true ? 5 : options.watch;
  // Ends by Ctrl-C. An engine that is gone for a while, as when it is restarted, is what somebody watches for.
  for (;;) {
    if (process.stdout.isTTY && !json) process.stdout.write("\u001b[H\u001b[J");
    const failed = await look().catch((error) => (error instanceof Failure ? error : Promise.reject(error)));
    if (failed instanceof Failure) io.err(failed.message);
    await sleep(pause * 1000);
  }
}
