import type { Report } from "../../review";
import { backUp } from "../backup/backup";
import { newestBackup } from "../backup/record";
import { BackupSecrets } from "../backup/secrets";
import { command } from "../command";
import { applySavedPlan } from "../deploy/apply";
import { connectHost } from "../deploy/host";
import { makePlan, type Planned } from "../deploy/plan";
import { WentBack } from "../deploy/rollback";
import type { DockerConnection } from "../docker/docker";
import { Failure } from "../failure";
import { Interrupted, stopIfAsked } from "../interruption";
import type { Operation } from "../operation";
import { reviewOf } from "../review/policy";
import { requireDocker } from "../runtime/connect";
import { requireEngine } from "../runtime/docker-only";
import type { Check } from "../verify/check";
import { keepFiles } from "./keep-files";
import { breaksBetween, isOlder, type KnownBreak, RUSTFS_BACK } from "./known-breaks";
import { imagesNow, NotProven, type Proof, prove, verifyNow } from "./prove";
import { forgetUpgrade, readUpgrade, type UpgradeRecord, writeUpgrade } from "./record";
import { afterGoingBack, goBackFrom } from "./undo";
import { changeText, readVersions, type Version } from "./versions";
import { findWayBack } from "./way-back";

export interface UpgradeOptions {
  /** Back the images up to there first. @default - `backup.target` of the environment file */
  readonly backupTo?: string;
  /** Whether they are backed up. @default true, when there is a place for it */
  readonly backup?: boolean;
  /** PEM file of a private CA to trust when verifying. @default - none */
  readonly ca?: string;
}

/** What an upgrade is about to do. */
export interface ShownUpgrade {
  /** From → to. */
  readonly changes: readonly string[];
  readonly breaks: readonly KnownBreak[];
  /** What cannot be promised. */
  readonly warnings: readonly string[];
  readonly report: Report;
}

/** The person who watches. */
export interface UpgradePerson extends Pick<Proof, "checkText"> {
  /** Sees what will happen, and agrees to it by not throwing. */
  readonly agree: (shown: ShownUpgrade) => Promise<void>;
}

export interface UpgradeResult {
  readonly environment: string;
  /** From → to. @default - nothing: what runs is what the file asks for */
  readonly changes: readonly string[];
  readonly checks: readonly Check[];
  /** Where configuration, secrets and state of before are kept. */
  readonly folder?: string;
}

/** What an upgrade begins with. */
interface Begun {
  readonly record: UpgradeRecord;
  readonly shown: Omit<ShownUpgrade, "report">;
  /** The images that run, by id. @default - an earlier run began it */
  readonly versions?: readonly Version[];
}

/**
 * Brings the images of the environment file to a registry that runs: looks at what is there, keeps what going back needs,
 * applies, proves it, and goes back when that fails. One that was cut off is gone on with.
 * @throws Failure when it went back, or could not
 */
export async function upgrade(
  operation: Operation,
  options: UpgradeOptions,
  person: UpgradePerson,
): Promise<UpgradeResult> {
  const { environment, interruption } = operation;
  const { name } = environment;
  const { ca, backup = true } = options;
  const backupTo = backup ? (options.backupTo ?? environment.backup?.target) : undefined;
  const goOn = `${command("upgrade", name)} goes on from here`;
  const proof = { ca, goOn, checkText: person.checkText };
  requireEngine(environment, "upgrade");
  const docker = requireDocker(await connectHost(operation), "upgrade");
  const begun = unfinished(readUpgrade(environment)) ?? (await begin(operation, docker, proof, backupTo));
  if (!begun) return { environment: name, changes: [], checks: [] };
  const planned = await makePlan(operation);
  if (planned.record.changes) await person.agree({ ...begun.shown, report: reviewOf(planned.plan, name) });
  if (backupTo !== undefined) await backUpFirst(operation, docker, backupTo);
  const folder = begun.record.folder || (await keepFiles(operation, planned.stack.directory, new Date()));
  stopIfAsked(interruption, "Nothing was changed.", command("upgrade", name));
  const record: UpgradeRecord = { ...begun.record, folder };
  writeUpgrade(environment, record);
  if (planned.record.changes) await applyUpgrade(operation, docker, planned, { ...begun, record }, proof);
  const checks = await prove(operation, docker, record, proof, "asked").catch(async (error) => {
    if (!(error instanceof NotProven)) throw error;
    throw await goBackFrom(operation, docker, { record, error, directory: planned.stack.directory, proof });
  });
  writeUpgrade(environment, { ...record, state: "proven" });
  return { environment: name, changes: record.changes, checks, folder };
}

/** An upgrade that was cut off. */
function unfinished(record: UpgradeRecord | undefined): Begun | undefined {
  if (record?.state !== "applying") return undefined;
  const warnings = [`this goes on with the upgrade of ${record.at}, which was cut off`];
  return { record, shown: { changes: record.changes, breaks: [], warnings } };
}

/** Looks at what runs, before anything is changed. @returns nothing when that is what the file asks for */
async function begin(
  operation: Operation,
  docker: DockerConnection,
  proof: Proof,
  backupTo: string | undefined,
): Promise<Begun | undefined> {
  const versions = await readVersions(docker, operation.environment);
  const changed = versions.filter(({ isSame }) => !isSame);
  if (changed.length === 0) return undefined;
  const wayBack = await findWayBack(operation, docker, versions);
  const images = await imagesNow(operation, docker);
  const checks = await verifyNow(operation, docker, proof, "before");
  const changes = versions.map(changeText);
  const failedBefore = checks.filter(({ status }) => status === "failed").map(({ id }) => id);
  const at = new Date().toISOString();
  return {
    record: { version: 1, at, changes, state: "applying", wayBack, failedBefore, images, folder: "" },
    shown: { changes, breaks: changed.flatMap(breaksBetween), warnings: warningsOf(operation, changed, backupTo) },
    versions,
  };
}

function warningsOf({ environment }: Operation, changed: readonly Version[], backupTo: string | undefined): string[] {
  const older = [
    ...changed.filter(isOlder).map((one) => `${one.product} ${one.to.version} is older than what runs`),
    ...changed
      .filter(({ from, to }) => !from.version || !to.version)
      .map(({ product }) => `a version of ${product} is not known by its name: what is listed may concern it`),
  ];
  if (!changed.some(({ product }) => product === "RustFS")) return older;
  const backup = newestBackup(environment);
  const known = backup
    ? `the newest one is of ${backup.taken}, in ${backup.target}`
    : "none was made from this machine";
  return [...older, RUSTFS_BACK, ...(backupTo === undefined ? [`no backup is made now (--backup-to): ${known}`] : [])];
}

async function backUpFirst(operation: Operation, docker: DockerConnection, to: string): Promise<void> {
  const secrets = new BackupSecrets(operation.environment.name, operation.variables);
  const { missing } = await backUp({ ...operation, runtime: docker, secrets }, { to });
  if (missing.length === 0) return;
  throw new Failure(
    `The backup lacks ${missing.length} blobs that the registry itself has lost: nothing was changed`,
    `${command("backup", operation.environment.name, "--to", to)} names them; with --no-backup the upgrade goes on`,
  );
}

async function applyUpgrade(
  operation: Operation,
  docker: DockerConnection,
  planned: Planned,
  { record, versions }: Begun,
  proof: Proof,
): Promise<void> {
  const { environment } = operation;
  try {
    await applySavedPlan(operation, docker, planned, planned.stack.directory);
  } catch (error) {
    if (error instanceof WentBack) throw await afterGoingBack(operation, docker, { record, error, proof });
    if (versions && (await isUntouched(operation, docker, versions))) forgetUpgrade(environment);
    if (error instanceof Interrupted || !(error instanceof Failure) || !readUpgrade(environment)) throw error;
    const back = `${command("upgrade", environment.name, "--back")} goes back to what ran before`;
    throw new Failure(error.message, [...(error.remedy ? [error.remedy] : []), back].join("\n  → "), error.details);
  }
}

/** Whether what ran before an apply that failed still runs. */
async function isUntouched({ environment }: Operation, docker: DockerConnection, before: readonly Version[]) {
  const now = await readVersions(docker, environment).catch(() => []);
  return now.length > 0 && now.every(({ imageId }, index) => imageId === before[index]?.imageId);
}
