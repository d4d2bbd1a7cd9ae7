import { mkdirSync } from "node:fs";
import { eventually, freePort, RunningProcess } from "./process";
import { find, type Synthesized } from "./synth";
import { unpack } from "./without-docker";

/** A real RustFS, as a process with the variables and files that a stack describes for its container. */
export class RustFsProcess {
  private server?: RunningProcess;

  private readonly binary: string;
  private readonly environment: Record<string, string>;
  private readonly port: number;

  private constructor(binary: string, environment: Record<string, string>, port: number) {
    this.binary = binary;
    this.environment = environment;
    this.port = port;
  }

  public static async start(
    binary: string,
    stack: Synthesized,
    path: (...names: string[]) => string,
  ): Promise<RustFsProcess> {
    const places = { "/run/secrets": path("run/secrets"), "/data": path("data") };
    const { environment } = unpack(find(stack, "docker_container", "rustfs"), path(), places);
    mkdirSync(path("data"), { recursive: true });
    const rustfs = new RustFsProcess(binary, environment, await freePort());
    await rustfs.start();
    return rustfs;
  }

  public get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it again, on the same port and data. */
  public async start(): Promise<void> {
    const environment = { ...this.environment, RUSTFS_ADDRESS: `127.0.0.1:${this.port}` };
    this.server = await new RunningProcess(this.binary, [], { environment }).listensOn(this.port);
  }

  public async stop(): Promise<void> {
    await this.server?.stop();
  }

  public tail(): string {
    return this.server?.tail() ?? "not started";
  }

  public async ready(): Promise<void> {
    await eventually("RustFS is ready", async () => (await fetch(`${this.endpoint}/health/ready`)).ok, 60_000);
  }
}
