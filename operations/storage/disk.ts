import type { Environment } from "../../config";
import { storageServer } from "../../stacks";
import type { Runtime } from "../runtime/runtime";

/** The file system that the data is on. */
export interface Disk {
  readonly bytes: number;
  readonly freeBytes: number;
}

/** Below it somebody has to act: pushes fail when it is full. Of large disks, a few percent are enough for long. */
const SHARE = 0.05;
const ENOUGH = 20_000_000_000;

export function isNearlyFull({ bytes, freeBytes }: Disk): boolean {
  return freeBytes < Math.min(SHARE * bytes, ENOUGH);
}

/** The data's file system, of several drives the fullest; nothing: the storage is elsewhere, or does not run. */
export async function findDisk(
  runtime: Runtime,
  environment: Environment,
  limitMs = 10_000,
): Promise<Disk | undefined> {
  const server = storageServer(environment);
  if (!server) return undefined;
  try {
    const command = ["df", "-Pk", ...server.dataPaths];
    const all = await Promise.all(
      (await runtime.instances(server.container)).map((one) => runtime.run(one, command, undefined, limitMs)),
    );
    return diskOf(all.map(({ stdout }) => stdout).join("\n"));
  } catch {
    return undefined;
  }
}

/** `df`'s table: blocks, used, available. */
export function diskOf(table: string): Disk | undefined {
  const rows = [...table.matchAll(/^\S+\s+(\d+)\s+\d+\s+(\d+)\s+\d+%/gm)];
  const disks = rows.map(([, blocks, free]) => ({ bytes: Number(blocks) * 1024, freeBytes: Number(free) * 1024 }));
  return disks.sort((a, b) => a.freeBytes / a.bytes - b.freeBytes / b.bytes)[0];
}
