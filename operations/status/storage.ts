import type { Environment } from "../../config";
import { storageServer } from "../../stacks";
import type { Runtime } from "../runtime/runtime";
import type { Disk } from "../storage/disk";

export interface StorageStatus {
  readonly location: string;
  /** What the images take. @default - unknown */
  readonly bytes?: number;
  /** Which part of the servers that is, e.g. `3 of 4`; the others do not answer. @default - all of them */
  readonly part?: string;
  /** Why that is not known. */
  readonly unknown?: string;
  /** Of the disk that they are on. @default - on the S3 service */
  readonly disk?: Disk;
}

/** What the images take, or why that is not known. */
export type StorageUsed = Pick<StorageStatus, "bytes" | "part" | "unknown">;

/** Measures the storage server's data where it lies: of several servers, of which each has a part, on all that answer. */
export async function storageUsed(runtime: Runtime, environment: Environment, boundMs = 60_000): Promise<StorageUsed> {
  const server = storageServer(environment);
  if (!server) return { unknown: "on the S3 service" };
  const { container, dataPaths, product } = server;
  const seconds = boundMs / 1000;
  // `timeout` ends it there too, when nobody waits any more.
  const command = ["timeout", String(Math.ceil(seconds)), "du", "-skc", ...dataPaths];
  const measure = async (instance: string) => {
    const { stdout } = await runtime.run(instance, command, undefined, boundMs);
    const kilobytes = /(\d+)\s+total/.exec(stdout)?.[1];
    if (kilobytes === undefined) throw new Error("no answer in time");
    return Number(kilobytes) * 1024;
  };
  const instances = await runtime.instances(container).catch(() => []);
  const answers = await Promise.allSettled(instances.map(measure));
  const sizes = answers.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  if (sizes.length > 0) {
    const bytes = sizes.reduce((sum, size) => sum + size);
    return sizes.length === instances.length ? { bytes } : { bytes, part: `${sizes.length} of ${instances.length}` };
  }
  const isLate = answers.some((one) => one.status === "rejected" && /^no answer/.test(one.reason.message));
  return { unknown: isLate ? `measuring takes longer than ${seconds} s` : `${product} does not run` };
}
