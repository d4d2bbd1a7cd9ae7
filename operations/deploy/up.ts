import type { Report } from "../../review";
import { buildStack } from "../../stacks";
import { command } from "../command";
import { refuseNewSecrets, whatExistsAnywhere } from "../existing";
import { stopIfAsked } from "../interruption";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { reviewOf } from "../review/policy";
import type { Runtime } from "../runtime/runtime";
import { waitUntilHealthy } from "../runtime/wait-healthy";
import { completeSecrets, lacking, neededVariables, type SecretsPerson } from "../secrets/complete";
import { readSecrets, secretsPath } from "../secrets/file";
import { type Check, checksSummary } from "../verify/check";
import { verifyEnvironment } from "../verify/environment";
import { applySavedPlan } from "./apply";
import { connectHost, hostOf } from "./host";
import type { FoundObject } from "./objects";
import { importVolumes } from "./orphans";
import { makePlan, type Planned, secretsOf } from "./plan";

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
  const runtime = await connectHost(operation);
  await bringSecrets(operation, runtime, options.user, person);
  const planned = await planUp(operation, runtime, options.adopt);
  const { stack, orphans } = planned;
  const report = reviewOf(planned.plan, environment.name);
  await person.agree({ report, orphans, changes: planned.record.changes });
  await applyUp(operation, runtime, planned);
  const checks = await prove(operation, runtime, options.ca, person);
  const { url, loginCommand } = stack;
  return { environment: environment.name, url, loginCommand, changes: report.counts, checks };
}

/** Makes what is missing for a new environment; for one that exists it has to be brought. */
async function bringSecrets(operation: Operation, runtime: Runtime, user: string, person: SecretsPerson) {
  const { environment, variables, log } = operation;
  const stack = buildStack(environment);
  const needed = neededVariables(stack, variables);
  const absent = lacking(environment.name, needed);
  if (absent.length > 0) {
    refuseNewSecrets(environment.name, absent, await whatExistsAnywhere(operation, stack, runtime));
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
async function planUp(operation: Operation, runtime: Runtime, adopt: readonly string[] = []): Promise<PlannedUp> {
  const planned = await makePlan(operation);
  const orphans = await hostOf(runtime).check(operation, planned.json, adopt);
  if (!orphans.some(({ holdsData }) => holdsData)) return { ...planned, orphans };
  const { args } = secretsOf(operation, planned.stack.variableNames);
  await importVolumes(operation, planned.stack.directory, orphans, args);
  return { ...(await makePlan(operation)), orphans };
}

async function applyUp(operation: Operation, runtime: Runtime, planned: PlannedUp): Promise<void> {
  const { record, stack, orphans } = planned;
  if (record.changes) await applySavedPlan(operation, runtime, planned, stack.directory);
  else await hostOf(runtime).removeOrphans(operation, orphans);
}

function prove(
  { environment, interruption, progress, variables }: Operation,
  runtime: Runtime,
  ca: string | undefined,
  { checkText }: UpPerson,
): Promise<readonly Check[]> {
  const { name } = environment;
  return inStage(progress, "verify", async (stage) => {
    await waitUntilHealthy(runtime, environment, interruption);
    stopIfAsked(interruption, "The apply is done; only the check was stopped.", command("verify", name));
    const value = await verifyEnvironment(name, { variables, ca, onProgress: (text) => stage.now(text) });
    for (const check of value.filter(({ status }) => status === "failed" || status === "warning")) {
      stage.line(checkText(check));
    }
    return { value, result: checksSummary(value) };
  });
}
