import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Product } from "../../stacks";
import { Failure } from "../failure";
import { findProgram } from "../find-program";
import { type Interruption, UNINTERRUPTED } from "../interruption";
import type { LogFile } from "../log-file";
import { type Diagnostic, parseEvent, type TerraformEvent } from "./events";
import { findJson } from "./printed-json";
import { terraformEnvironment } from "./variables";

export type Variables = Readonly<Record<string, string | undefined>>;

/** How a run of Terraform ended. */
export interface TerraformResult {
  readonly code: number;
  /** Standard output, of a run that was asked to keep it; with `-json` the JSON alone, and what is around it is `text`. */
  readonly stdout: string;
  /** Errors and warnings, of a run with `-json`. */
  readonly diagnostics: readonly Diagnostic[];
  /** What it printed besides, for errors that have no machine-readable form. */
  readonly text: string;
  readonly interrupted: boolean;
  /** Not by a signal, so that it wrote the state. */
  readonly endedByItself: boolean;
}

export interface TerraformRun {
  /** Called with the process's number once it runs. @default - nobody asks */
  readonly onStart?: (pid: number) => void;
  /** @default - nobody listens */
  readonly onEvent?: (event: TerraformEvent) => void;
  /** Keep standard output instead of logging it: it may hold secrets. @default false */
  readonly capture?: boolean;
  /** @default - the one that the program was made with */
  readonly interruption?: Interruption;
  /** Further environment variables. @default - none */
  readonly variables?: Variables;
}

/**
 * Terraform or OpenTofu as a child process.
 *
 * It runs in a process group of its own: Ctrl-C in a terminal reaches every process of a group, so it would get the signal
 * twice otherwise, once from the terminal and once from here, and a second one makes it drop everything.
 */
export class Terraform {
  /** Path or name of the program. */
  public readonly binary: string;
  private readonly variables: Variables;
  private provided: Variables = {};
  private readonly log?: LogFile;
  private readonly interruption: Interruption;

  constructor(binary: string, variables: Variables, log?: LogFile, interruption: Interruption = UNINTERRUPTED) {
    this.binary = binary;
    this.variables = variables;
    this.log = log;
    this.interruption = interruption;
  }

  /** Name of the product, for people. */
  public get product(): Product {
    return /tofu[^/\\]*$/.test(this.binary) ? "OpenTofu" : "Terraform";
  }

  /** Runs it in a stack's folder; whatever the exit code, it returns. */
  public run(directory: string, args: readonly string[], options: TerraformRun = {}): Promise<TerraformResult> {
    const { onEvent, capture = false, interruption = this.interruption } = options;
    const log = this.log;
    log?.write(`\n$ ${this.binary} -chdir=${directory} ${args.join(" ")}\n`);
    const child = this.spawn(directory, args, options.variables);
    if (child.pid) options.onStart?.(child.pid);
    const diagnostics: Diagnostic[] = [];
    let stdout = "";
    let text = "";
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (capture) {
        stdout += `${line}\n`;
        return;
      }
      log?.write(`${line}\n`);
      const event = parseEvent(line);
      if (event.type === "diagnostic") diagnostics.push(event.diagnostic);
      if (event.type === "other") text += `${event.message}\n`;
      onEvent?.(event);
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      log?.write(`${line}\n`);
      text += `${line}\n`;
    });
    const release = interruption.trap?.();
    const signal = () => child.kill("SIGINT");
    let force: NodeJS.Timeout | undefined;
    const insist = () => {
      signal();
      force = setTimeout(() => killGroup(child), PATIENCE_MS);
    };
    interruption.gentle.addEventListener("abort", signal);
    interruption.hard.addEventListener("abort", insist);
    return new Promise<TerraformResult>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) => {
        reject(new Failure(`${this.binary} could not be started`, NOT_FOUND_REMEDY, error.message));
      });
      child.once("close", (code, ended) => {
        const interrupted = interruption.gentle.aborted;
        const printed = capture && args.includes("-json") ? findJson(stdout) : { json: stdout, text: "" };
        if (printed.text) log?.write(`${printed.text}\n`);
        resolve({
          code: code ?? (ended ? 130 : 1),
          stdout: printed.json ?? "",
          diagnostics,
          text: [text, printed.text].filter(Boolean).join("\n"),
          interrupted,
          endedByItself: !ended,
        });
      });
    }).finally(() => {
      clearTimeout(force);
      interruption.gentle.removeEventListener("abort", signal);
      interruption.hard.removeEventListener("abort", insist);
      release?.();
    });
  }

  /** Variables for every further run. */
  public provide(variables: Variables): void {
    this.provided = { ...this.provided, ...variables };
  }

  private spawn(directory: string, args: readonly string[], variables: Variables = {}) {
    // State, plans and backups hold secrets; Terraform itself would let everybody read them.
    const before = process.umask(0o077);
    try {
      return spawn(this.binary, [`-chdir=${directory}`, ...args], {
        env: { ...terraformEnvironment(this.variables), ...this.provided, ...variables },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
    } finally {
      process.umask(before);
    }
  }

  /** The version, e.g. `1.11.4`. @throws Failure when the program does not run or is neither of the two */
  public async version(): Promise<string> {
    const { stdout, text } = await this.run(".", ["version", "-json"], { capture: true });
    try {
      return JSON.parse(stdout).terraform_version as string;
    } catch {
      throw new Failure(`${this.binary} does not answer as Terraform does`, NOT_FOUND_REMEDY, text);
    }
  }
}

/** A second signal makes Terraform drop everything, within a moment; one that does not even do that is killed. */
const PATIENCE_MS = 3000;

/** Providers are children of Terraform's, and of the same group. */
function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

const NOT_FOUND_REMEDY =
  "install Terraform 1.4 or newer, or OpenTofu; TERRAFORM_BINARY_NAME names another program or its path";

/**
 * The program to use: what `TERRAFORM_BINARY_NAME` says, else `terraform`, else `tofu`.
 * @throws Failure when there is none
 */
export function findTerraform(variables: Variables): string {
  const wanted = variables.TERRAFORM_BINARY_NAME;
  const names = wanted ? [wanted] : ["terraform", "tofu"];
  for (const name of names) {
    const found = findProgram(name, variables.PATH);
    if (found) return found;
  }
  throw new Failure(
    wanted
      ? `TERRAFORM_BINARY_NAME is ${wanted}, which is no program on PATH`
      : "Neither terraform nor tofu is installed",
    NOT_FOUND_REMEDY,
  );
}
