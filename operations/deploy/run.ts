import { hostname } from "node:os";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import { formatDiagnostic } from "../terraform/events";
import type { TerraformResult, TerraformRun } from "../terraform/terraform";
import { type DeploymentRecord, lastRun, readRecord, recordRun, updateRecord } from "./deployment-record";

type Died = NonNullable<DeploymentRecord["running"]>;

/**
 * Runs a step of Terraform that holds the state's lock, and remembers its process while it does: what is killed cannot
 * release its lock, so the next run does, when it is certain whose lock it is.
 * @throws Failure when an earlier run has not ended
 */
export async function runRecorded(
  operation: Operation,
  directory: string,
  args: readonly string[],
  options: TerraformRun = {},
): Promise<TerraformResult> {
  const { environment, terraform } = operation;
  if (args.includes("-lock=false")) return terraform.run(directory, args, options);
  const [step = ""] = args;
  const record = readRecord(environment);
  const last = lastRun(record);
  if (last === "running") throw stillRunning(operation, record.running as Died);
  const died = last === "died" ? record.running : undefined;
  const run = () => {
    const onStart = (pid: number) => {
      recordRun(environment, step, pid);
      options.onStart?.(pid);
    };
    return terraform.run(directory, args, { ...options, onStart });
  };
  const first = await run();
  const lock = died && lockOf(first);
  const isOurs = lock && isLockOf(lock, died);
  const result = isOurs && (await releaseLock(operation, directory, lock, died)) ? await run() : first;
  // Who left a lock must not be forgotten as long as it is in the way: an earlier run, or this one, when it was killed.
  if (result.endedByItself) updateRecord(environment, { running: lockOf(result) ? died : undefined });
  return result;
}

function stillRunning({ environment, terraform }: Operation, { step, pid, since }: Died): Failure {
  return new Failure(
    `${terraform.product} still works on ${environment.name}: ${step}, process ${pid}, since ${since}`,
    `wait until it is done, or end it well: kill -INT ${pid}`,
  );
}

interface Lock {
  readonly id: string;
  readonly who: string;
  readonly created: number;
}

/** The lock that a run failed at. */
function lockOf({ code, diagnostics, text }: TerraformResult): Lock | undefined {
  if (code === 0) return undefined;
  const said = [...diagnostics.map(formatDiagnostic), text].join("\n");
  if (!/error acquiring the state lock/i.test(said)) return undefined;
  const field = (name: string) => new RegExp(`^\\W*${name}:\\s+(.+)$`, "m").exec(said)?.[1]?.trim() ?? "";
  const [, day, time] = /^(\S+) ([\d:.]+) \+0000/.exec(field("Created")) ?? [];
  return { id: field("ID"), who: field("Who"), created: Date.parse(`${day}T${time?.slice(0, 12)}Z`) };
}

/** A run takes its lock when it starts; the same user of the same machine may have taken another one later. */
function isLockOf({ id, who, created }: Lock, { since }: Died): boolean {
  const after = created - Date.parse(since);
  return id !== "" && who.endsWith(`@${hostname()}`) && after > -2_000 && after < 60_000;
}

async function releaseLock({ terraform, progress }: Operation, directory: string, lock: Lock, died: Died) {
  const { code } = await terraform.run(directory, ["force-unlock", "-force", lock.id]);
  if (code !== 0) return false;
  const stage = progress.stage("lock");
  stage.line(`left by ${died.step}, process ${died.pid}, which was killed: nobody holds it`);
  stage.done("released");
  return true;
}
