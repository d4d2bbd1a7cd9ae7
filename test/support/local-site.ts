import { mkdirSync } from "node:fs";
import { READ_ONLY_MARKER } from "../../constructs/registry/serve";
import { type RegistrySite, STATE_FOLDER } from "../../operations/maintenance/site";
import { output } from "./process";

/** A registry's container that is a folder: its scripts run here, their paths are in it. */
export class LocalSite implements RegistrySite {
  public readonly environment = "local";
  public neighbours: readonly RegistrySite[] = [];
  public restarts = 0;
  public onRestart: () => Promise<void> = async () => {};

  private readonly folder: string;
  private readonly replace: Record<string, string>;
  private readonly variables: Readonly<Record<string, string>>;

  /** @param replace further texts of scripts that cannot hold outside a container */
  constructor(folder: string, replace: Readonly<Record<string, string>> = {}, variables: Record<string, string> = {}) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.replace = { [STATE_FOLDER]: folder, ...replace };
    this.variables = variables;
  }

  public alsoReplace(from: string, to: string): void {
    this.replace[from] = to;
  }

  public get marker(): string {
    return this.local(READ_ONLY_MARKER);
  }

  public local(text: string): string {
    return Object.entries(this.replace).reduce((result, [from, to]) => result.replaceAll(from, to), text);
  }

  public path(name: string): string {
    return `${this.folder}/${name}`;
  }

  public async script(script: string, args: readonly string[] = [], timeoutMs = 60_000): Promise<string> {
    const words = ["-c", script, "sh", ...args].map((word) => this.local(word));
    return output("sh", words, { environment: { ...this.variables }, timeoutMs });
  }

  public async restart(): Promise<void> {
    this.restarts += 1;
    await this.onRestart();
  }
}
