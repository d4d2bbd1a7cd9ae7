import { command } from "../command";
import { connectHost } from "../deploy/host";
import type { DockerConnection } from "../docker/docker";
import { Failure } from "../failure";
import { Interrupted } from "../interruption";
import type { Operation } from "../operation";
import { requireDocker } from "../runtime/connect";
import { requireEngine } from "../runtime/docker-only";
import { synthesizeStack } from "../terraform/stack";
import type { Check } from "../verify/check";
import { RUSTFS_BACK } from "./known-breaks";
import { imagesNow, NotProven, type Proof, prove } from "./prove";
import { forgetUpgrade, readUpgrade, type UpgradeRecord } from "./record";
import { goBack } from "./way-back";

/** An upgrade that did not end well. */
interface Unproven {
  readonly record: UpgradeRecord;
  /** Why it did not. */
  readonly error: Failure;
  readonly proof: Proof;
}

/** Goes back after a proof that failed. @returns what to tell: the upgrade has failed either way */
export async function goBackFrom(
  operation: Operation,
  docker: DockerConnection,
  unproven: Unproven & { readonly directory: string },
): Promise<Failure> {
  const { record, directory } = unproven;
  const { name } = operation.environment;
  const error = new Failure(
    `The upgrade of ${name} failed its checks: ${unproven.error.message}`,
    undefined,
    unproven.error.details,
  );
  try {
    await goBack(operation, directory, record.wayBack);
  } catch (second) {
    if (second instanceof Interrupted || !(second instanceof Failure)) throw second;
    return new Failure(
      `${error.message}\nGoing back failed, too: ${second.message}`,
      `${command("upgrade", name, "--back")} tries it again; secrets, state and environment files of before are in ${record.folder}`,
      [error.details, second.details].filter(Boolean).join("\n\n"),
    );
  }
  return afterGoingBack(operation, docker, { ...unproven, error });
}

/** Proves what runs again. @returns what to tell */
export async function afterGoingBack(
  operation: Operation,
  docker: DockerConnection,
  { record, error, proof }: Unproven,
): Promise<Failure> {
  const { name } = operation.environment;
  const wrong = await prove(operation, docker, record, proof, "before").then(
    () => undefined,
    (second) => {
      if (second instanceof NotProven) return second;
      throw second;
    },
  );
  forgetUpgrade(operation.environment);
  const stays = `environments/${name}.yaml still asks for the new images: to stay with what runs, put the old ones at images there`;
  return new Failure(
    `${error.message}\n${name} went back, and ${wrong ? `that is not as it was: ${wrong.message}` : "what ran before runs again and passes"}`,
    [...(wrong ? [`${command("verify", name)} says more; what was kept is in ${record.folder}`] : []), stays].join(
      "\n  → ",
    ),
    [error.details, wrong?.details].filter(Boolean).join("\n\n"),
  );
}

/** The person who asks to go back. */
export interface UndoPerson extends Pick<Proof, "checkText"> {
  /** Sees what would be undone, and agrees to it by not throwing. */
  readonly agree: (upgrade: UpgradeRecord, warning: string) => Promise<void>;
}

/** Goes back to what ran before the last upgrade, proven or not. @throws Failure when there is none, or it is not proven */
export async function undoUpgrade(
  operation: Operation,
  ca: string | undefined,
  { agree, checkText }: UndoPerson,
): Promise<readonly Check[]> {
  const { environment, environments } = operation;
  const { name } = environment;
  requireEngine(environment, "upgrade");
  const record = readUpgrade(environment);
  if (!record)
    throw new Failure(
      `No upgrade of ${name} is known on this machine`,
      `put the images that you want into environments/${name}.yaml, then ${command("upgrade", name)}`,
    );
  await agree(record, RUSTFS_BACK);
  const goOn = `${command("upgrade", name, "--back")} goes on from here`;
  const docker = requireDocker(await connectHost(operation), "go back to images of before");
  // Of days ago: what was deleted since on purpose is not missed.
  const images = await imagesNow(operation, docker).catch(() => record.images);
  const { directory } = synthesizeStack(environments, name);
  await goBack(operation, directory, record.wayBack);
  const checks = await prove(operation, docker, { ...record, images }, { ca, goOn, checkText }, "before");
  forgetUpgrade(environment);
  return checks;
}
