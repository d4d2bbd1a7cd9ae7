import { existsSync, readFileSync, rmSync } from "node:fs";
import type { z } from "zod";
import type { Environment } from "../../config";
import { privatePath, writePrivateFile } from "../private-files";

/** What this machine remembers of environments, each in a file of its own. */
export class StateFile<Content> {
  private readonly noun: string;
  private readonly schema: z.ZodType<Content>;

  /** @param noun what the file is: a part of its name */
  constructor(noun: string, schema: z.ZodType<Content>) {
    this.noun = noun;
    this.schema = schema;
  }

  /** Nothing when there is none, or it cannot be read. */
  public read(environment: Environment): Content | undefined {
    const path = this.path(environment);
    if (!existsSync(path)) return undefined;
    try {
      return this.schema.parse(JSON.parse(readFileSync(path, "utf8")));
    } catch {
      return undefined;
    }
  }

  public write(environment: Environment, content: Content): void {
    writePrivateFile(this.path(environment), `${JSON.stringify(content, undefined, 2)}\n`);
  }

  public forget(environment: Environment): void {
    rmSync(this.path(environment), { force: true });
  }

  /** Beside a state that is a file, else in the private folder. */
  private path({ name, state }: Environment): string {
    if (state.backend !== "local") return privatePath(name, `${this.noun}.json`);
    const file = state.path ?? `state/${name}.tfstate`;
    return `${file.replace(/\.tfstate$/, "")}.${this.noun}.json`;
  }
}
