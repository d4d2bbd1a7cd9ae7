import { command } from "../command";
import { Failure } from "../failure";
import { Interrupted } from "../interruption";
import { whileLocked } from "../maintenance/lock";
import { enterReadOnly, leaveReadOnly } from "../maintenance/read-only";
import { openSite, type RegistrySite } from "../maintenance/site";
import { megabytes } from "../megabytes";
import { inStage } from "../progress";
import { type RegistryStorage, withStorage } from "../storage/storage";
import { whileHeld } from "./backup";
import { fillBlobs, fillLinks, type Store } from "./fill-store";
import { closureOf, freeze, missingOf } from "./freeze";
import { addStore, type BackupOperation, type OpenTarget, openTarget, storeAt } from "./open";
import { planRestore, type RestorePlan } from "./restore-plan";
import { isWhole, type Snapshot } from "./snapshot";

export interface RestoreOptions {
  readonly from: string;
  /** @default - the newest whole one */
  readonly snapshot?: string;
  /** @default - all of them */
  readonly repository?: string;
  /** Go on without what the backup has lost. @default false */
  readonly partial?: boolean;
  /** Where the registry runs. @default - nobody uses it, and it may stay as it is */
  readonly site?: RegistrySite;
  /** Sees what will happen; throws to change nothing. @returns false to end there */
  readonly approve: (plan: RestorePlan, snapshot: string) => Promise<boolean>;
}

export interface RestoreResult {
  readonly snapshot: string;
  readonly plan: RestorePlan;
  /** What the backup did not have, with the reason. */
  readonly lost: ReadonlyMap<string, string>;
}

/**
 * Brings a snapshot back into a registry that runs: blobs, links, tags last. What the registry has besides stays.
 * @returns nothing when it was not approved
 */
export async function restore(operation: BackupOperation, options: RestoreOptions): Promise<RestoreResult | undefined> {
  return withStorage(operation.runtime, operation.environment, (storage) => restoreInto(storage, operation, options));
}

async function restoreInto(
  storage: RegistryStorage,
  operation: BackupOperation,
  options: RestoreOptions,
): Promise<RestoreResult | undefined> {
  const { runtime, environment, progress, interruption } = operation;
  const opened = await inStage(progress, "target", async () => {
    const value = await openTarget(operation, options.from, storage.access);
    await addStore(value, storage.access);
    return { value, result: `${options.from}${value.owner ? `, of ${value.owner}` : ""}` };
  });
  try {
    const site = await openSite(runtime, environment, operation.variables);
    return await whileLocked(site, "restore", (lock) =>
      whileHeld(lock, opened, () => new Restore(operation, opened, storage, { ...options, site }).run()),
    );
  } catch (error) {
    if (!interruption.gentle.aborted) throw error;
    throw new Interrupted("Stopped. What was copied stays; run it again to go on from there.");
  } finally {
    await opened.copier.close();
  }
}

/** One restore, into a registry whose storage is open. */
export class Restore {
  private readonly operation: BackupOperation;
  private readonly opened: OpenTarget;
  private readonly storage: RegistryStorage;
  private readonly options: RestoreOptions;
  private readonly store: Store;

  constructor(operation: BackupOperation, opened: OpenTarget, storage: RegistryStorage, options: RestoreOptions) {
    this.operation = operation;
    this.opened = opened;
    this.storage = storage;
    this.options = options;
    this.store = { blobs: storeAt("blobs", storage.access), repositories: storeAt("repositories", storage.access) };
  }

  public async run(): Promise<RestoreResult | undefined> {
    const { from, partial, approve } = this.options;
    const { name, snapshot } = await chooseSnapshot(this.opened.pool, from, this.options.snapshot);
    const plan = await inStage(this.operation.progress, "compare", async () => {
      const value = await this.plan(snapshot);
      return { value, result: `${value.absent.length} blobs to copy, ${megabytes(value.bytes)}` };
    });
    if (!(await approve(plan, name))) return undefined;
    const lost = await this.blobs(plan);
    if (lost.size > 0 && !partial) throw damaged(lost, from);
    const final = lost.size > 0 ? await this.plan(snapshot, new Set(lost.keys())) : plan;
    await this.closed(async () => {
      await this.links(final);
      await this.prove(snapshot, final, lost);
    });
    return { snapshot: name, plan: final, lost };
  }

  /** Nothing is pushed on what is not proven; opening it again also makes the registry forget what it knew of its storage. */
  private async closed(work: () => Promise<void>): Promise<void> {
    const { site } = this.options;
    if (!site) return work();
    const { progress } = this.operation;
    await inStage(progress, "close", async () => {
      await enterReadOnly(site, "restore", new Date().toISOString());
      return { value: undefined, result: "it takes no pushes until the images are proven" };
    });
    await work();
    await inStage(progress, "open", async () => {
      await leaveReadOnly(site);
      return { value: undefined, result: "it takes pushes again" };
    });
  }

  private async plan(snapshot: Snapshot, without?: ReadonlySet<string>): Promise<RestorePlan> {
    const { client, access } = this.storage;
    return planRestore(snapshot, await freeze(client, access.root, () => {}), this.options.repository, without);
  }

  private blobs(plan: RestorePlan): Promise<Map<string, string>> {
    return inStage(this.operation.progress, "blobs", async (stage) => {
      const onState = (what: string, { bytes }: { bytes: number }) =>
        stage.now(`${what} ${megabytes(bytes)}${what === "copying" ? ` of ${megabytes(plan.bytes)}` : ""}`);
      const value = await fillBlobs(this.opened.pool, this.store, plan, { onState });
      return { value, result: `${plan.absent.length} copied, ${plan.needed.size - value.size} read and good` };
    });
  }

  private links({ links, tagLinks }: RestorePlan): Promise<void> {
    const { copier, pool } = this.opened;
    return inStage(this.operation.progress, "links", async (stage) => {
      const onState = ({ files, totalFiles }: { files: number; totalFiles: number }) =>
        stage.now(`${files} of ${totalFiles}`);
      await fillLinks(copier, pool, this.store, links, onState);
      await fillLinks(copier, pool, this.store, tagLinks, onState);
      return { value: undefined, result: `${links.length} links, ${tagLinks.length} tags` };
    });
  }

  /** Follows each tag that is back to all it needs, in the storage. */
  private prove(snapshot: Snapshot, { repositories }: RestorePlan, lost: ReadonlyMap<string, string>): Promise<void> {
    return inStage(this.operation.progress, "prove", async () => {
      const { client, access } = this.storage;
      const frozen = await freeze(client, access.root, () => {});
      const own = [...frozen.inventory.repositories].filter(([name]) => repositories.includes(name));
      const inventory = { ...frozen.inventory, repositories: new Map(own) };
      const closure = await closureOf({ ...frozen, inventory });
      const known = new Set([...snapshot.missing.map(({ digest }) => digest), ...lost.keys()]);
      const missing = missingOf(
        closure.missing.filter(({ digest }) => !known.has(digest)),
        new Map(),
      );
      if (missing.length > 0)
        throw new Failure(
          `${missing.length} blobs or manifests that restored images need are missing`,
          command("restore", this.operation.environment.name, "--from", this.options.from),
          missing.map(({ digest, reason, neededBy }) => `${digest} ${reason}: ${neededBy.join(", ")}`).join("\n"),
        );
      return { value: undefined, result: `${closure.tags.length} tags have all they need` };
    });
  }
}

/** @throws Failure when there is none of that name */
export async function chooseSnapshot(
  pool: OpenTarget["pool"],
  target: string,
  wanted?: string,
): Promise<{ name: string; snapshot: Snapshot }> {
  const names = await pool.snapshots();
  if (wanted !== undefined && !names.includes(wanted))
    throw new Failure(`There is no snapshot ${wanted} in ${target}`, `there are: ${names.slice(-10).join(", ")}`);
  for (const name of wanted === undefined ? names.toReversed() : [wanted]) {
    const snapshot = await pool.snapshot(name);
    if (wanted !== undefined || isWhole(snapshot)) return { name, snapshot };
  }
  throw new Failure(
    `There is no whole snapshot in ${target}`,
    names.length > 0 ? `name one that is incomplete: --snapshot ${names.at(-1)}` : "make a backup first",
  );
}

function damaged(lost: ReadonlyMap<string, string>, target: string): Failure {
  const lines = [...lost].map(([digest, why]) => `${digest}: ${why}`);
  return new Failure(
    `${lost.size} blobs of the backup in ${target} are damaged; no tag was set`,
    "bring everything else back with --partial; older snapshots need the same blobs",
    lines.slice(0, 20).join("\n"),
  );
}
