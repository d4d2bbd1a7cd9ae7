import { type Command, InvalidArgumentError } from "commander";
import { type ClientOptions, clientSettings } from "../../operations/cache/client-settings";
import { findTrim, type Trim } from "../../operations/cache/trim";
import { readEnvironment } from "../../operations/environments";
import { connect } from "../../operations/runtime/connect";
import { confirm } from "../ask";
import type { Context } from "../context";
import { cachedText, gb, settingText } from "../render/cache";
import { YES } from "./options";

/** As prices of disks are given. */
const GB = 1_000_000_000;

interface Options {
  readonly maxGb: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .command("trim <environment>")
    .description("remove the repositories that were not used for longest, until the rest fits")
    .requiredOption("--max-gb <size>", "what may stay, in GB (1,000,000,000 bytes)", size)
    .option("--dry-run", "only say what would go")
    .option(...YES)
    .action((name: string, options: Options) => trim(context, name, options));
  command
    .command("clients <environment>")
    .description("print what Docker, containerd, Kubernetes nodes, BuildKit and Podman need to pull through the cache")
    .option(
      "--upstream <host>",
      "the registry whose names clients use, if registry.proxy is a mirror of it, e.g. docker.io",
    )
    .option("--private-ca", "the cache has a private CA, and clients trust it with the files that `trust` wrote")
    .action((name: string, options: ClientOptions) => {
      context.io.out(clientSettings(readEnvironment(name), options).map(settingText).join("\n"));
    });
}

async function trim(context: Context, name: string, options: Options): Promise<void> {
  const environment = readEnvironment(name);
  const runtime = await connect(environment, context.process.env);
  const found = await findTrim(runtime, environment, options.maxGb * GB);
  try {
    await removeFound(context, name, found, options);
  } finally {
    found.close();
  }
}

async function removeFound(context: Context, name: string, found: Trim, { maxGb, dryRun, yes }: Options) {
  const { io } = context;
  const { remove, keys, keep, bytesBefore, bytesAfter } = found;
  for (const repository of remove) io.out(cachedText(repository));
  const held = `${name} holds ${gb(bytesBefore)} of ${remove.length + keep.length} repositories`;
  if (keys.length === 0) {
    const tooMuch = bytesBefore > maxGb * GB ? "; everything there was used within the last hour, so it stays" : "";
    io.err(`${held}: nothing to remove${tooMuch}.`);
    return;
  }
  io.err(
    `${held}; ${remove.length} of them go, ${gb(bytesAfter)} stay. What goes is fetched again when it is asked for.`,
  );
  if (dryRun) return;
  if (!yes) await confirm(context, `Remove them from ${name}?`, "--yes");
  await found.run((removed) => io.transient(`removed ${removed} of ${keys.length} objects`));
  io.transient("");
  io.err(`${keys.length} objects removed.`);
}

function size(text: string): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number < 0.1) throw new InvalidArgumentError("It must be a number, 0.1 or more.");
  return number;
}
