import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context";

export interface StatusOptions {
  readonly json?: boolean;
  /** Seconds between two looks; `true`: the default. */
  readonly watch?: number | true;
  readonly ca?: string;
  readonly images?: boolean;
}

export interface LogsOptions {
  readonly tail: number;
  readonly since?: number;
  readonly follow: boolean;
  readonly timestamps?: boolean;
}

/** `status` and `logs`: look at what runs. */
export function addLookCommands(program: Command, context: Context): void {
  program
    .command("status <environment>")
    .description("containers, images kept, storage used, certificate, and what differs from the environment file")
    .option("--watch [seconds]", "look again and again, every 5 seconds by default", seconds)
    .option("--images", "list every image and measure what they take, however long that takes")
    .option("--ca <file>", "PEM file of a private CA to trust")
    .option("--json", "print it as JSON")
    .action(async (name: string, options: StatusOptions) =>
      (await import("../actions/status.js")).status(context, name, options),
    );

  program
    .command("logs <environment> [container]")
    .description("follow the logs of all containers, or of one: registry, rustfs, bucket-init, storage-proof, htpasswd")
    .option("--tail <lines>", "lines of the past to begin with", whole, 100)
    .option("--since <time>", "nothing older: 30s, 10m, 2h, or a date", since)
    .option("--timestamps", "when each line was written")
    .option("--no-follow", "end after what there is")
    .action(async (name: string, container: string | undefined, options: LogsOptions) =>
      (await import("../actions/logs.js")).logs(context, name, container, options),
    );
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function seconds(text: string): number {
  const number = whole(text);
  if (number < 1) throw new InvalidArgumentError("It must be 1 or more.");
  return number;
}

/** Seconds since 1970. */
function since(text: string): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ago = unit && { s: 1, m: 60, h: 3600, d: 86_400 }[unit];
  const time = ago ? Date.now() / 1000 - Number(amount) * ago : Date.parse(text) / 1000;
  if (Number.isNaN(time)) throw new InvalidArgumentError("It must be like 30s, 10m, 2h, 3d, or a date.");
  return Math.floor(time);
}
