import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { readSecrets, secretsPath, writeSecrets } from "../../../operations/secrets/file";
import { GENERATORS } from "../../../operations/secrets/generate";
import { initSecrets } from "../../../operations/secrets/secrets";
import { type Ended, run } from "../../support/process";
import { type Needs, toolEnvironment } from "./needs";

const MAIN = resolve(__dirname, "../../../main.ts");
const TSX = resolve(__dirname, "../../../node_modules/tsx/dist/loader.mjs");

/** One change of a plan, as Terraform's JSON has it. */
export interface Change {
  readonly address: string;
  readonly actions: string[];
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/** An environment in a folder of its own, deployed as the README says: synthesize, then plain Terraform. */
export class Deployment {
  public readonly directory = mkdtempSync(join(tmpdir(), "e2e-"));
  public readonly user: { readonly name: string; readonly password: string };

  private readonly needs: Needs;
  public readonly name: string;
  public readonly port: number;

  constructor(needs: Needs, name: string, port: number, environment: object) {
    this.needs = needs;
    this.name = name;
    this.port = port;

    this.write(environment);
    const { user } = initSecrets(this.secretsFile, [...Object.keys(GENERATORS), "registry_htpasswd"]);
    this.user = { name: user?.user ?? "", password: user?.password ?? "" };
  }

  /** What clients connect to. */
  public get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  public get secretsFile(): string {
    return join(this.directory, secretsPath(this.name));
  }

  private get stackFolder(): string {
    return join(this.directory, "cdktf.out/stacks", this.name);
  }

  /** Replaces the environment file's content. */
  public write(environment: object): void {
    mkdirSync(join(this.directory, "environments"), { recursive: true });
    writeFileSync(
      join(this.directory, "environments", `${this.name}.yaml`),
      stringify({ images: this.needs.images, docker: this.needs.docker, ...environment }),
    );
  }

  /** Changes values of the secrets file. */
  public changeSecrets(changes: Record<string, string>): void {
    writeSecrets(this.secretsFile, { ...readSecrets(this.secretsFile), ...changes });
  }

  public get secrets(): Readonly<Record<string, string>> {
    return readSecrets(this.secretsFile);
  }

  /** Writes what Terraform reads. */
  public async synthesize(): Promise<string> {
    const { code, stdout, stderr } = await run("node", ["--import", TSX, MAIN], { directory: this.directory });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** Synthesizes, initialises when needed, and applies. */
  public async apply(...args: string[]): Promise<Ended> {
    await this.synthesize();
    return this.terraform("apply", "-auto-approve", `-var-file=${this.secretsFile}`, ...args);
  }

  /** Synthesizes and plans. */
  public async plan(): Promise<{ readonly text: string; readonly exitCode: unknown; readonly changes: Change[] }> {
    await this.synthesize();
    const plan = await this.terraform("plan", "-detailed-exitcode", "-out=plan", `-var-file=${this.secretsFile}`);
    const { stdout } = await this.terraform("show", "-json", "plan");
    const all: { address: string; change: Omit<Change, "address"> }[] = JSON.parse(stdout).resource_changes ?? [];
    const changes = all.map(({ address, change }) => ({ address, ...change }));
    return {
      text: plan.stdout + plan.stderr,
      exitCode: plan.code,
      changes: changes.filter(({ actions }) => actions.join() !== "no-op"),
    };
  }

  public destroy(...args: string[]): Promise<Ended> {
    return this.terraform("destroy", "-auto-approve", `-var-file=${this.secretsFile}`, ...args);
  }

  /** Runs Terraform in the synthesized folder. */
  public async terraform(command: string, ...args: string[]): Promise<Ended> {
    const options = { environment: toolEnvironment(), timeoutMs: 300_000 };
    if (!existsSync(join(this.stackFolder, ".terraform"))) {
      const init = await run(this.needs.terraform, [`-chdir=${this.stackFolder}`, "init", "-input=false"], options);
      if (init.code !== 0) throw new Error(init.stderr);
    }
    const flags = command === "show" || command === "state" ? ["-no-color"] : ["-no-color", "-input=false"];
    const [subcommand, rest] = command === "state" ? [args[0] ?? "", args.slice(1)] : ["", args];
    const all = [`-chdir=${this.stackFolder}`, command, subcommand, ...(subcommand ? [] : flags), ...rest].filter(
      Boolean,
    );
    return run(this.needs.terraform, all, options);
  }

  /** What Terraform reads, as text. */
  public get synthesized(): string {
    return readFileSync(join(this.stackFolder, "cdk.tf.json"), "utf8");
  }

  /** Takes everything down, data too, whatever state it is in. */
  public async remove(): Promise<void> {
    const names = (kind: string, suffixes: string[]) =>
      suffixes.map((suffix) => docker(kind, "rm", "-f", `${this.name}-${suffix}`));
    await Promise.all(names("container", ["registry", "rustfs", "bucket-init", "htpasswd"]));
    await Promise.all(names("volume", ["rustfs-data", "auth", "acme"]));
    await Promise.all(["edge", "storage"].map((suffix) => docker("network", "rm", `${this.name}-${suffix}`)));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs the Docker client. */
export function docker(...args: string[]): Promise<Ended> {
  return run("docker", args, { environment: toolEnvironment(), timeoutMs: 120_000 });
}
