import type { Environment } from "../../config";
import { storageServer } from "../../stacks";
import type { Runtime } from "../runtime/runtime";
import type { Disk } from "../storage/disk";

export interface StorageStatus {
  readonly location: string;
  /** What the images take. @default - unknown */
  readonly bytes?: number;
  /** Why that is not known. */
  readonly unknown?: string;
  /** Of the disk that they are on. @default - on the S3 service */
  readonly disk?: Disk;
}

/** What the images take, or why that is not known. */
export type StorageUsed = Pick<StorageStatus, "bytes" | "unknown">;

/** Measures the storage server's data where it lies. */
export async function storageUsed(runtime: Runtime, environment: Environment, boundMs = 60_000): Promise<StorageUsed> {
  const server = storageServer(environment);
  if (!server) return { unknown: "on the S3 service" };
  const { container, dataPaths, product } = server;
  const seconds = boundMs / 1000;
  // `timeout` ends it there too, when nobody waits any more.
  const command = ["timeout", String(Math.ceil(seconds)), "du", "-skc", ...dataPaths];
  try {
    // Of several servers each has a part.
    const all = await Promise.all(
      (await runtime.instances(container)).map((one) => runtime.run(one, command, undefined, boundMs)),
    );
    if (all.length === 0) return { unknown: `${product} does not run` };
    const bytes = all.reduce((sum, { stdout }) => sum + Number(/(\d+)\s+total/.exec(stdout)?.[1]) * 1024, 0);
    return Number.isNaN(bytes) ? { unknown: `measuring takes longer than ${seconds} s` } : { bytes };
  } catch (error) {
    const isLate = /^no answer/.test((error as Error).message);
    return { unknown: isLate ? `measuring takes longer than ${seconds} s` : `${product} does not run` };
  }
}
