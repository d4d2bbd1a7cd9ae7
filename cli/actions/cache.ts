import { findTrim, type Trim } from "../../operations/cache/trim";
import type { CachedRepository } from "../../operations/cache/trim-plan";
import { connectDocker } from "../../operations/docker/docker";
import { confirm } from "../ask";
import type { TrimOptions } from "../commands/cache";
import type { Context } from "../context";
import { readEnvironment } from "../environments";

const GB = 1_000_000_000;

export async function trim(context: Context, name: string, { maxGb, dryRun, yes }: TrimOptions): Promise<void> {
  const { process } = context;
  const environment = readEnvironment(name);
  const docker = await connectDocker(environment.docker, process.env);
  const found = await findTrim(docker, environment, maxGb * GB);
  try {
    await removeFound(context, name, found, { maxGb, dryRun, yes });
  } finally {
    found.close();
  }
}

async function removeFound(context: Context, name: string, found: Trim, { maxGb, dryRun, yes }: TrimOptions) {
  const { io } = context;
  const { remove, keys, bytesBefore, bytesAfter } = found;
  for (const repository of remove) io.out(line(repository));
  const held = `${name} holds ${gb(bytesBefore)} of ${remove.length + found.keep.length} repositories`;
  if (keys.length === 0) {
    const tooMuch = bytesBefore > maxGb * GB ? "; what there is was used within the last hour and stays" : "";
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

function line({ name, bytes, lastUsed }: CachedRepository): string {
  return `${new Date(lastUsed).toISOString().slice(0, 10)}  ${gb(bytes).padStart(9)}  ${name}`;
}

function gb(bytes: number): string {
  return `${(bytes / GB).toFixed(2)} GB`;
}
