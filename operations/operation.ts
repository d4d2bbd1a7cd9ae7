import type { Environment } from "../config";
import type { Interruption } from "./interruption";
import type { LogFile } from "./log-file";
import type { Progress } from "./progress";
import type { Terraform, Variables } from "./terraform/terraform";

/** What every longer operation on an environment gets. */
export interface Operation {
  readonly environment: Environment;
  /** All of them: a stack that is not synthesized would look deleted. */
  readonly environments: readonly Environment[];
  /** Environment variables of the process. */
  readonly variables: Variables;
  readonly terraform: Terraform;
  readonly log: LogFile;
  readonly progress: Progress;
  readonly interruption: Interruption;
}
