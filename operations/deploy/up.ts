import type { Report } from "../../review";
import { buildStack } from "../../stacks";
import { command } from "../command";
import type { DockerConnection } from "../docker/docker";
import { refuseNewSecrets, whatExistsAnywhere } from "../existing";
import { stopIfAsked } from "../interruption";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { reviewOf } from "../review/policy";
import { waitUntilHealthy } from "../runtime/wait-healthy";
import { completeSecrets, lacking, neededVariables, type SecretsPerson } from "../secrets/complete";
import { readSecrets, secretsPath } from "../secrets/file";
import { type Check, checksSummary } from "../verify/check";
import { verifyEnvironment } from "../verify/environment";
import { applySavedPlan, connect } from "./apply";
import type { FoundObject } from "./engine-objects";
import { importVolumes, removeOrphans } from "./orphans";
import { makePlan, type Planned, secretsOf } from "./plan";
import { checkBeforeApply } from "./preflight";

export interface UpOptions {
  /** Name of the first user, when there is none yet. */
  readonly user: string;
  /** Volumes that a person said are the environment's. @default - none */
  readonly adopt?: readonly string[];
  /** PEM file of a private CA to trust. @default - none */
  readonly ca?: string;
}

/** What `up` is about to do. */
interface ShownUp {
  readonly report: Report;
  /** What an earlier apply left that was killed. */
  readonly orphans: readonly FoundObject[];
  /** Whether the plan changes anything. */
  readonly changes: boolean;
}

/** The person who watches `up`. */
export interface UpPerson extends SecretsPerson {
  /** Sees what will happen, and agrees to it by not throwing. */
  readonly agree: (shown: ShownUp) => Promise<void>;
  /** How a check that needs a look is shown. */
  readonly checkText: (check: Check) => string;
}

/** What `up` did and found. */
export interface UpResult {
  readonly environment: string;
  readonly url: string;
  readonly loginCommand: string;
  /** How many resources were created, changed, …. */
  readonly changes: Report["counts"];
  readonly checks: readonly Check[];
}

/** From nothing, or from whatever there is, to a verified registry. @throws Failure when it stops on the way */
export async function up(operation: Operation, options: UpOptions, person: UpPerson): Promise<UpResult> {
  const { environment } = operation;
  const docker = await connect(operation);
  await bringSecrets(operation, docker, options.user, person);
  const planned = await planUp(operation, docker, options.adopt);
  const { stack, orphans } = planned;
  const report = reviewOf(planned.plan, environment.name);
  await person.agree({ report, orphans, changes: planned.record.changes });
  await applyUp(operation, docker, planned);
  const checks = await prove(operation, docker, options.ca, person);
  const { url, loginCommand } = stack;
  return { environment: environment.name, url, loginCommand, changes: report.counts, checks };
}

/** Makes what is missing for a new environment; for one that exists it has to be brought. */
async function bringSecrets(operation: Operation, docker: DockerConnection, user: string, person: SecretsPerson) {
  const { environment, variables, log } = operation;
  const stack = buildStack(environment);
  const needed = neededVariables(stack, variables);
  const absent = lacking(environment.name, needed);
  if (absent.length > 0) {
    refuseNewSecrets(environment.name, absent, await whatExistsAnywhere(operation, stack, docker));
  }
  await completeSecrets(stack, needed, user, person);
  log.hide(Object.values(readSecrets(secretsPath(environment.name))));
}

/** A plan of `up`, and what an earlier apply left that was killed. */
interface PlannedUp extends Planned {
  readonly orphans: readonly FoundObject[];
}

/**
 * Plans, takes over the volumes that an apply of ours left when it was killed, and plans again when there were some.
 * @throws Failure when others have names or ports that the plan needs
 */
async function planUp(
  operation: Operation,
  docker: DockerConnection,
  adopt: readonly string[] = [],
): Promise<PlannedUp> {
  const planned = await makePlan(operation);
  const orphans = await checkBeforeApply(docker, operation.environment, planned.json, adopt);
  if (!orphans.some(({ kind }) => kind === "volume")) return { ...planned, orphans };
  const { args } = secretsOf(operation, planned.stack.variableNames);
  await importVolumes(operation, planned.stack.directory, orphans, args);
  return { ...(await makePlan(operation)), orphans };
}

async function applyUp(operation: Operation, docker: DockerConnection, planned: PlannedUp): Promise<void> {
  const { record, stack, orphans } = planned;
  if (record.changes) await applySavedPlan(operation, docker, planned, stack.directory);
  else await removeOrphans(operation, docker, orphans);
}

function prove(
  { environment, interruption, progress, variables }: Operation,
  docker: DockerConnection,
  ca: string | undefined,
  { checkText }: UpPerson,
): Promise<readonly Check[]> {
  const { name } = environment;
  return inStage(progress, "verify", async (stage) => {
    await waitUntilHealthy(docker, environment, interruption);
    stopIfAsked(interruption, "The apply is done; only the check was stopped.", command("verify", name));
    const value = await verifyEnvironment(name, { variables, ca, onProgress: (text) => stage.now(text) });
    for (const check of value.filter(({ status }) => status === "failed" || status === "warning")) {
      stage.line(checkText(check));
    }
    return { value, result: checksSummary(value) };
  });
}
