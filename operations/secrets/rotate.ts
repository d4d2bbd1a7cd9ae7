import type { Report } from "../../review";
import { storageServer } from "../../stacks";
import { command } from "../command";
import { applySavedPlan, runApply } from "../deploy/apply";
import { connectHost } from "../deploy/host";
import { type LastGood, putLastGood, readLastGood } from "../deploy/last-good";
import { makePlan, type Planned } from "../deploy/plan";
import { returnTo } from "../deploy/rollback";
import { Failure } from "../failure";
import { Interrupted } from "../interruption";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { reviewOf } from "../review/policy";
import type { Runtime } from "../runtime/runtime";
import { imagesNow, type Proof, prove, verifyNow } from "../upgrade/prove";
import type { Check } from "../verify/check";
import { readSecrets, type Secrets, secretsPath } from "./file";
import {
  forgetRotation,
  type Rotation,
  readRotation,
  renewValues,
  restoreValues,
  rotationPath,
  writeRotation,
} from "./rotation";
import { type KeyPair, RustFsUsers, rootPair } from "./s3-users";
import { decidedElsewhere, rotatable } from "./secrets";

/** The person who watches. */
export interface RotationPerson extends Pick<Proof, "checkText"> {
  /** Sees what will happen, and agrees to it by not throwing. @param goesOn since when, if one that was cut off goes on */
  readonly agree: (variables: readonly string[], report: Report, goesOn: string | undefined) => Promise<void>;
}

export interface RotationResult {
  readonly environment: string;
  readonly variables: readonly string[];
  readonly checks: readonly Check[];
  /** The S3 user that was removed. @default - none: its key did not change */
  readonly removedUser?: string;
}

/** Rotated one by one, an S3 user's secret would be another before the registry knows it: the pair is a new user. */
const PAIRS: readonly (readonly string[])[] = [["registry_s3_access_key", "registry_s3_secret_key"]];

/**
 * Rotates secrets of a registry that runs: new values, apply, proof, and only then is the old S3 user removed. What fails goes
 * back to the old values; what was cut off is gone on with.
 * @param names none: all that are generated here
 * @throws Failure when it went back, or could not
 */
export async function rotateRunning(
  operation: Operation,
  names: readonly string[],
  ca: string | undefined,
  person: RotationPerson,
): Promise<RotationResult> {
  const { environment, log } = operation;
  const { name } = environment;
  const goOn = `${command("secrets rotate", name, "--deploy")} goes on from here`;
  const proof = { ca, goOn, checkText: person.checkText };
  const found = readRotation(name);
  if (found) requireSame(name, found, names);
  const wanted = rotatable(secretsPath(name), withPairs(names), decidedElsewhere(environment));
  if (wanted.length === 0)
    throw new Failure(
      `${secretsPath(name)} holds no secret to rotate: whatever sets the TF_VAR_… variables owns them`,
      `rotate them there, then: ${command("up", name)}`,
    );
  const runtime = await connectHost(operation);
  const rotation = found ?? (await begin(operation, runtime, proof, wanted));
  const variables = Object.keys(rotation.before);
  const { after } = renewValues(name, rotation);
  log.hide([...Object.values(after), ...Object.values(rotation.before)]);
  const planned = await beforeApply(name, rotation, found !== undefined, async () => {
    const value = await makePlan(operation);
    if (value.record.changes) await person.agree(variables, reviewOf(value.plan, name), found?.at);
    return value;
  });
  const checks = await applyAndProve(operation, runtime, planned, rotation, proof);
  const removedUser = await removeOldUser(operation, runtime, rotation);
  forgetRotation(name);
  return { environment: name, variables, checks, removedUser };
}

const withPairs = (names: readonly string[]) => [
  ...new Set(names.flatMap((name) => PAIRS.find((pair) => pair.includes(name)) ?? [name])),
];

/** @throws Failure for another rotation than the one that has begun */
function requireSame(name: string, { before, at }: Rotation, names: readonly string[]): void {
  const others = names.filter((one) => before[one] === undefined);
  if (others.length === 0) return;
  throw new Failure(
    `The rotation of ${Object.keys(before).join(", ")}, of ${at}, is not finished: ${others.join(", ")} cannot be rotated with it`,
    `${command("secrets rotate", name, "--deploy")} goes on with it`,
  );
}

/** Looks at what works, and keeps the old values. */
async function begin(operation: Operation, runtime: Runtime, proof: Proof, wanted: readonly string[]) {
  const { name } = operation.environment;
  const images = await imagesNow(operation, runtime);
  const checks = await verifyNow(operation, runtime, proof, "asked");
  const secrets = readSecrets(secretsPath(name));
  return writeRotation(name, {
    at: new Date().toISOString(),
    before: Object.fromEntries(wanted.map((one) => [one, secrets[one] ?? ""])),
    failedBefore: checks.filter(({ status }) => status === "failed").map(({ id }) => id),
    images,
  });
}

/** What is stopped before anything was applied leaves the old values; one that goes on cannot know, and leaves all. */
async function beforeApply<T>(name: string, rotation: Rotation, goesOn: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (goesOn) throw error;
    restoreValues(name, rotation);
    forgetRotation(name);
    throw error;
  }
}

async function applyAndProve(
  operation: Operation,
  runtime: Runtime,
  planned: Planned,
  rotation: Rotation,
  proof: Proof,
): Promise<readonly Check[]> {
  const { directory } = planned.stack;
  const wayBack = readLastGood(operation.environment);
  try {
    if (planned.record.changes) await applySavedPlan(operation, runtime, planned, directory);
    const checks = await prove(operation, runtime, rotation, proof, "asked");
    await requireRootRefused(operation, runtime, rotation);
    return checks;
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof Failure)) throw error;
    throw await goBack(operation, runtime, { directory, rotation, wayBack, error, proof });
  }
}

/** @throws Failure when RustFS still takes the root pair of before */
async function requireRootRefused({ environment }: Operation, runtime: Runtime, { before }: Rotation) {
  const server = storageServer(environment);
  const now = readSecrets(secretsPath(environment.name));
  const old = server && rootPair(server, { ...now, ...before });
  const used = server && rootPair(server, now);
  if (!server || !old || !used || JSON.stringify(old) === JSON.stringify(used)) return;
  if (await new RustFsUsers(runtime, server, used).opens(old))
    throw new Failure("RustFS still takes the old root pair");
}

/** A rotation that did not end well. */
interface Unproven {
  readonly directory: string;
  readonly rotation: Rotation;
  /** The configuration that ran. @default - not known on this machine */
  readonly wayBack: LastGood | undefined;
  readonly error: Failure;
  readonly proof: Proof;
}

/** Puts the old values back, and applies them. @returns what to tell */
async function goBack(
  operation: Operation,
  runtime: Runtime,
  { directory, rotation, wayBack, error, proof }: Unproven,
): Promise<Failure> {
  const { environment } = operation;
  const { name } = environment;
  const renewed = readSecrets(secretsPath(name));
  restoreValues(name, rotation);
  try {
    if (wayBack) {
      await returnTo(operation, directory, wayBack, runApply);
      putLastGood(environment, wayBack);
    } else {
      const again = await makePlan(operation);
      if (again.record.changes) await applySavedPlan(operation, runtime, again, again.stack.directory);
    }
    await prove(operation, runtime, rotation, proof, "before");
    // The user that was to be has no use.
    await removeUserUnlessUsed(operation, runtime, pairOf(renewed), pairOf(rotation.before));
  } catch (second) {
    if (second instanceof Interrupted || !(second instanceof Failure)) throw second;
    return new Failure(
      `${error.message}\nThe old secrets are in their file again, but it is not proven that the registry works with them: ${second.message}`,
      `${command("up", name)}, then ${command("verify", name)}; the old values are in ${rotationPath(name)}, too`,
      [error.details, second.details].filter(Boolean).join("\n\n"),
    );
  }
  forgetRotation(name);
  return new Failure(
    `${error.message}\n${name} runs with its old secrets again, and all checks that passed before the change pass`,
    `correct what failed, then ${command("secrets rotate", name, ...Object.keys(rotation.before), "--deploy")}`,
    error.details,
  );
}

/** Last of all: until then the old key works, whatever happens. */
async function removeOldUser(operation: Operation, runtime: Runtime, { before }: Rotation) {
  const now = readSecrets(secretsPath(operation.environment.name));
  return removeUserUnlessUsed(operation, runtime, pairOf({ ...now, ...before }), pairOf(now));
}

/** @returns the user that was removed; nothing: there is none, or it is the one in use */
async function removeUserUnlessUsed(
  { environment, progress }: Operation,
  runtime: Runtime,
  user: KeyPair | undefined,
  used: KeyPair | undefined,
): Promise<string | undefined> {
  const server = storageServer(environment);
  const root = server && rootPair(server, readSecrets(secretsPath(environment.name)));
  if (!root || !user || !used || user.key === used.key) return undefined;
  const users = new RustFsUsers(runtime, server, root);
  return inStage(progress, "old S3 user", async () => {
    if (!(await users.opens(used)))
      throw new Failure("RustFS refuses the key that the registry has: nothing was removed");
    await users.remove(user);
    return { value: user.key, result: `${user.key} removed` };
  });
}

function pairOf({ registry_s3_access_key: key, registry_s3_secret_key: secret }: Secrets): KeyPair | undefined {
  return key && secret ? { key, secret } : undefined;
}
