import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort, output, RunningProcess } from "./process";
import { onPath } from "./tools";

/** What a connection by ssh may be made with. */
export interface Client {
  /** @default - the one that sshd accepts */
  readonly key?: "user" | "stranger";
  /** What the client knows of the host's key. @default "right" */
  readonly knows?: "right" | "wrong" | "nothing";
  /** @default - sshd's */
  readonly port?: number;
}

/** OpenSSH's server on a loopback port, with keys and settings of its own, and a client that calls it `far`. */
export class Sshd {
  /** Of 127.0.0.1. */
  public port = 0;

  private readonly folder: string;

  private process?: RunningProcess;

  /** What is missing here. */
  public static readonly missing = onPath("sshd")
    ? process.getuid?.() === 0
      ? undefined
      : "not root"
    : "no sshd on PATH";

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Starts it. @param settings lines of sshd_config */
  public async start(...settings: readonly string[]): Promise<void> {
    await this.stop();
    this.port ||= await freePort();
    for (const name of ["host", "user", "stranger"])
      if (!existsSync(this.path(name)))
        await output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", this.path(name)]);
    // What separates sshd's privileges; distributions make it when the service starts.
    mkdirSync("/run/sshd", { recursive: true });
    const lines = [
      ...settings,
      `Port ${this.port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${this.path("host")}`,
      `AuthorizedKeysFile ${this.path("user.pub")}`,
      "StrictModes no",
      "UsePAM no",
      "PidFile none",
      `SetEnv PATH=${process.env.PATH}`,
    ];
    writeFileSync(this.path("sshd_config"), `${lines.join("\n")}\n`);
    this.process = new RunningProcess(onPath("sshd") as string, ["-D", "-e", "-f", this.path("sshd_config")]);
    // A connection that asks whether it listens would be one of those that are counted.
    for (let n = 0; !this.process.stderr.includes("Server listening"); n += 1) {
      if (n > 500) throw new Error(this.process.tail());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  public async stop(): Promise<void> {
    await this.process?.stop();
  }

  /** How many have logged in since it was started. */
  public get logins(): number {
    return this.process?.stderr.match(/Accepted publickey/g)?.length ?? 0;
  }

  /**
   * A folder with an `ssh` that reads a configuration in place of `~/.ssh/config`, which OpenSSH finds by the user's name and
   * no variable moves.
   */
  public client({ key = "user", knows = "right", port = this.port }: Client = {}): string {
    const known = { right: "host.pub", wrong: "stranger.pub", nothing: undefined }[knows];
    const [type, text] = known ? readFileSync(this.path(known), "utf8").split(" ") : [];
    writeFileSync(this.path("known_hosts"), known ? `[127.0.0.1]:${port} ${type} ${text}\n` : "");
    const lines = [
      "Host far",
      "HostName 127.0.0.1",
      `Port ${port}`,
      "User root",
      `IdentityFile ${this.path(key)}`,
      "IdentitiesOnly yes",
      `UserKnownHostsFile ${this.path("known_hosts")}`,
      "GlobalKnownHostsFile none",
    ];
    writeFileSync(this.path("config"), `${lines.join("\n")}\n`);
    const program = this.path("bin", "ssh");
    mkdirSync(dirname(program), { recursive: true });
    writeFileSync(program, `#!/bin/sh\nexec ${onPath("ssh")} -F ${this.path("config")} "$@"\n`);
    chmodSync(program, 0o755);
    return dirname(program);
  }

  private path(...names: string[]): string {
    return join(this.folder, ...names);
  }
}
