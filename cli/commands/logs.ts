import type { Command } from "commander";
import { readEnvironment } from "../../operations/environments";
import { connect } from "../../operations/runtime/connect";
import { logSources, whatNoLogSays } from "../../operations/status/logs";
import type { Context } from "../context";
import { since, wholeNumber } from "./options";

interface Options {
  readonly tail: number;
  readonly since?: number;
  readonly follow: boolean;
  readonly timestamps?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option("--tail <lines>", "lines of the past to begin with", wholeNumber(0), 100)
    .option("--since <time>", "show lines since then: 30s, 10m, 2h, 3d, or a date", since)
    .option("--timestamps", "show when each line was written")
    .option("--no-follow", "print the lines that exist, and end")
    .action((name: string, noun: string | undefined, options: Options) => print(context, name, noun, options));
}

async function print(
  { io, process }: Context,
  name: string,
  noun: string | undefined,
  options: Options,
): Promise<void> {
  const environment = readEnvironment(name);
  const runtime = await connect(environment, process.env);
  const sources = await logSources(environment, runtime, noun);
  for (const source of sources) {
    for (const text of await whatNoLogSays(environment, runtime, source)) io.err(io.errStyle.yellow(text));
  }
  const width = Math.max(...sources.map((source) => source.noun.length));
  const colours = [io.style.cyan, io.style.yellow];
  await Promise.all(
    sources.map((source, n) => {
      const label = colours[n % colours.length]?.(source.noun.padEnd(width));
      const prefix = sources.length > 1 ? `${label} ` : "";
      return runtime.logs(source.container, { ...options, names: true }, (line) => io.out(`${prefix}${line}`));
    }),
  );
}
