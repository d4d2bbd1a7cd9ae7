import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { S3Keys } from "../../constructs";
import { freePort, RunningProcess } from "./process";

/**
 * An S3 server in RustFS's place: versitygw on a directory. It checks signatures and refuses anonymous requests as RustFS
 * does, and has neither RustFS's admin API nor lifecycle rules.
 */
export class S3StandIn {
  /** What answers 200 once it is ready. */
  public static readonly READY_PATH = "/health";
  private server?: RunningProcess;

  private readonly binary: string;
  private readonly directory: string;
  private readonly keys: S3Keys;
  private readonly port: number;

  private constructor(binary: string, directory: string, keys: S3Keys, port: number) {
    this.binary = binary;
    this.directory = directory;
    this.keys = keys;
    this.port = port;
  }

  public static async start(binary: string, directory: string, keys: S3Keys): Promise<S3StandIn> {
    const standIn = new S3StandIn(binary, directory, keys, await freePort());
    await standIn.start();
    return standIn;
  }

  public get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where it keeps a bucket's objects, each a file. */
  public bucketDirectory(bucket: string): string {
    return join(this.directory, "data", bucket);
  }

  /** Starts it again, on the same port and data. */
  public async start(): Promise<void> {
    const [data, sidecar] = ["data", "sidecar"].map((name) => join(this.directory, name)) as [string, string];
    for (const directory of [data, sidecar]) mkdirSync(directory, { recursive: true });
    // In a sidecar, metadata needs no extended attributes of the file system.
    const args = ["--port", `127.0.0.1:${this.port}`, "--health", S3StandIn.READY_PATH];
    this.server = new RunningProcess(this.binary, [...args, "posix", "--sidecar", sidecar, data], {
      environment: { ROOT_ACCESS_KEY_ID: this.keys.accessKey, ROOT_SECRET_ACCESS_KEY: this.keys.secretKey },
    });
    await this.server.listensOn(this.port);
  }

  public async stop(): Promise<void> {
    await this.server?.stop();
  }
}
