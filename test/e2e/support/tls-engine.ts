import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ended, eventually, output, RunningProcess, run } from "../../support/process";
import { onPath } from "../../support/tools";
import { toolEnvironment } from "./needs";

/** What is missing to have one. */
export function engineMissing(): string | undefined {
  const missing = ["dockerd", "nsenter", "unshare", "mount"]
    .filter((name) => !onPath(name))
    .map((name) => `no ${name} on PATH`);
  if (process.getuid?.() !== 0) missing.push("not root, to give a Docker Engine its own network and /etc/hosts");
  if (!existsSync("/etc/docker")) missing.push("no /etc/docker");
  return missing.join("; ") || undefined;
}

/**
 * A developer's Docker: an engine of its own that runs no containers, with its own names and its own trusted CAs. It is what
 * `docker login`, `push` and `pull` work with; the engine that runs the registry would need the machine's /etc/hosts.
 *
 * It lives in the network of a container: an engine without a bridge removes `docker0` where it runs, and Docker trusts
 * whatever certificate a loopback address presents.
 */
export class ClientEngine {
  private readonly directory = mkdtempSync(join(tmpdir(), "e2e-engine-"));
  private engine?: RunningProcess;

  /**
   * @param container whose network it lives in
   * @param trust folder that `private-registry trust` wrote. @default - no private CA is trusted
   */
  public async start(container: string, hosts: Readonly<Record<string, string>>, trust?: string): Promise<void> {
    const pid = await output("docker", ["inspect", "--format", "{{.State.Pid}}", container], {
      environment: toolEnvironment(),
    });
    const path = (name: string) => join(this.directory, name);
    const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
    writeFileSync(path("hosts"), `127.0.0.1 localhost\n${lines.join("")}`);
    mkdirSync(path("etc-docker"));
    if (trust) cpSync(join(trust, "etc/docker"), path("etc-docker"), { recursive: true });
    const flags = [
      ...["--host", this.address, "--data-root", path("data"), "--exec-root", path("exec"), "--pidfile", path("pid")],
      ...["--bridge", "none", "--iptables=false", "--ip-forward=false", "--ip-masq=false", "--storage-driver", "vfs"],
    ];
    const script = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/docker && shift 2 && exec dockerd "$@"';
    const args = ["--target", pid, "--net", "unshare", "--mount", "sh", "-c", script, "sh"];
    this.engine = new RunningProcess("nsenter", [...args, path("hosts"), path("etc-docker"), ...flags]);
    await eventually(
      "the client's Docker Engine answers",
      async () => (await this.docker("version")).code === 0,
      30_000,
    );
  }

  /** Runs the Docker client against it. */
  public docker(...args: string[]): Promise<Ended> {
    return this.run(args);
  }

  public login(address: string, name: string, password: string): Promise<Ended> {
    return this.run(["login", address, "--username", name, "--password-stdin"], password);
  }

  /** Makes a small image of a file, so that nothing needs to be pulled from anywhere. */
  public async makeImage(reference: string): Promise<void> {
    writeFileSync(join(this.directory, "content"), `content ${Math.random()}\n`);
    const archive = join(this.directory, "content.tar");
    await output("tar", ["-cf", archive, "-C", this.directory, "content"]);
    const { code, stderr } = await this.run(["import", archive, reference]);
    if (code !== 0) throw new Error(stderr);
  }

  public tail(): string {
    return this.engine?.tail() ?? "not started";
  }

  public async remove(): Promise<void> {
    await this.engine?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get address(): string {
    return `unix://${join(this.directory, "socket")}`;
  }

  private run(args: string[], input?: string): Promise<Ended> {
    const where = ["--host", this.address, "--config", join(this.directory, "client")];
    const { DOCKER_HOST: _, ...environment } = toolEnvironment();
    return run("docker", [...where, ...args], { environment, input, timeoutMs: 120_000 });
  }
}
