import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { type Ended, output, RunningProcess, run } from "../support/process";
import { type Needs, toolEnvironment } from "./support/needs";

export const PROGRAM = resolve(__dirname, "../../bin/private-registry.js");

/** A project's folder in which the command line runs, as a user would run it. */
export class Machine {
  public readonly directory = mkdtempSync(join(tmpdir(), "cli-e2e-"));

  private readonly needs: Needs;
  private readonly variables: Record<string, string>;

  /** @param variables of every command. @default - what the tools need */
  constructor(needs: Needs, variables: Record<string, string> = {}) {
    this.needs = needs;
    this.variables = variables;

    mkdirSync(this.path("environments"));
  }

  public path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** Writes an environment file. @param more keys over `registry` and the rest */
  public write(
    name: string,
    port: number,
    { registry = {}, ...more }: { registry?: object } & Record<string, unknown> = {},
  ): void {
    const environment = {
      images: this.needs.images,
      docker: this.needs.docker,
      registry: { host: "localhost", tls: { mode: "none" }, publish: { address: "127.0.0.1", port }, ...registry },
      ...more,
    };
    writeFileSync(this.path("environments", `${name}.yaml`), stringify(environment));
  }

  /** Runs a command to its end. */
  public run(
    args: readonly string[],
    options: { input?: string; environment?: Record<string, string> } = {},
  ): Promise<Ended> {
    return run(process.execPath, [PROGRAM, ...args], {
      ...this.options(options.environment),
      input: options.input,
      timeoutMs: 600_000,
    });
  }

  /** Starts a command that is looked at while it runs. */
  public start(args: readonly string[]): RunningProcess {
    return new RunningProcess(process.execPath, [PROGRAM, ...args], this.options());
  }

  /** Runs a command that must end with a code, and returns what it said on both streams. */
  public async expectCode(code: number, ...args: string[]): Promise<string> {
    const ended = await this.run(args);
    const said = `${ended.stdout}${ended.stderr}`;
    if (ended.code !== code) throw new Error(`${args.join(" ")} ended with ${ended.code}, not ${code}\n${said}`);
    return said;
  }

  public read(...names: string[]): string {
    return readFileSync(this.path(...names), "utf8");
  }

  /** Everything that was written to log files. */
  public get logs(): string {
    const folder = this.path(".private-registry", "logs");
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n");
  }

  /** Takes environments down with their data, and removes the folder. */
  public async remove(...names: string[]): Promise<void> {
    for (const name of names) await this.run(["down", name, "--delete-data", "--confirm", name]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private options(more: Record<string, string> = {}) {
    return {
      directory: this.directory,
      environment: {
        ...toolEnvironment(),
        TERRAFORM_BINARY_NAME: this.needs.terraform,
        USER: "somebody",
        CI: "true",
        ...this.variables,
        ...more,
      },
    };
  }
}

/** Runs Docker's command line. */
export function docker(...args: string[]): Promise<string> {
  return output("docker", args, { environment: toolEnvironment() });
}
