import { ProgramServer } from "../program-server";
import { parse, Run } from "./run.mjs";

/** One run of the stand-in. */
export interface TerraformCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** Its environment variables. */
  readonly variables: Readonly<Record<string, string>>;
  readonly pid: number;
}

/** A stand-in for Terraform. */
export class FakeTerraform extends ProgramServer {
  /** Every run so far. */
  public readonly calls: TerraformCall[] = [];
  /** What it is to do otherwise, by command. */
  public scripts: Readonly<Record<string, object>> = {};

  /** @param project the folder of the project, for scripts that wait for a file */
  constructor(project: string) {
    super((call, output) => {
      const understood = { ...call, ...parse(call) };
      this.calls.push(understood);
      const run = new Run(understood, { ...this.scripts[understood.command], project }, output);
      return {
        end: () => run.end(),
        interrupt: () => run.interrupt(),
        killed: () => {
          run.gone = true;
        },
      };
    });
  }
}
