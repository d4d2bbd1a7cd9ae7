import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { Failure } from "../failure";
import { type RegistrySite, registriesAt, STATE_FOLDER } from "./site";

/**
 * What must not run at the same time on one registry: a collection removes what a backup is about to copy.
 *
 * The lock is a file in the registry's container, `/var/lib/private-registry/lock`: whoever reaches the engine sees it, whatever
 * machine they are on, and nothing has to be written to a storage that may be full. It holds who works since when, as JSON.
 * The holder writes it anew every 20 s; one that was not for 90 s, by the container's clock, belongs to somebody who is gone
 * and is taken over. So is one of this machine whose process is gone. A container that is replaced takes the lock with it:
 * the holder then notices at its next renewal, and takes it again.
 */
export interface Lock {
  /** Aborted when somebody else has it, which happens only to one that could not renew it for 90 s. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Who holds a lock. */
interface LockHolder {
  readonly id: string;
  /** What is done: `gc`, `backup`, … */
  readonly operation: string;
  /** ISO 8601. */
  readonly since: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
}

const FILE = `${STATE_FOLDER}/lock`;
const LEASE_SECONDS = 90;
const RENEW_MS = 20_000;

// Arguments: folder, id, own line, seconds of a lease, id of a holder that is known to be gone. A link is made by one only; of
// several who see that a lock is stale, the one that makes the folder looks again and removes it.
const TAKE = String.raw`
file=$1/lock
mkdir -p "$1" || exit 1
stale() {
  [ $(( $(date +%s) - $(stat -c %Y "$file" || date +%s) )) -ge "$4" ] || { [ -n "$5" ] && grep -q "\"$5\"" "$file"; }
}
if [ -e "$file" ] && stale "$@"; then
  [ $(( $(date +%s) - $(stat -c %Y "$file.taking" 2>/dev/null || date +%s) )) -lt 10 ] || rmdir "$file.taking"
  if mkdir "$file.taking" 2>/dev/null; then
    stale "$@" && rm -f "$file"
    rmdir "$file.taking"
  fi
fi
printf '%s\n' "$3" > "$file.$2" || exit 1
if ln "$file.$2" "$file" 2>/dev/null; then printf taken; else printf 'held '; cat "$file"; fi
rm -f "$file.$2"`;

// Arguments: file, id. A lock that is not there, as after a change of container, is told apart from one of somebody else, also
// when it goes between two of these commands.
const RENEW = `if grep -q "\\"$2\\"" "$1" 2>/dev/null; then touch -c "$1"; echo renewed; elif [ -e "$1" ]; then echo lost; else echo absent; fi`;

const RELEASE = 'if grep -q "\\"$2\\"" "$1" 2>/dev/null; then rm -f "$1"; fi';

/** Does something while nobody else does what excludes it. @throws Failure when somebody does, saying who and since when */
export async function whileLocked<T>(
  site: RegistrySite,
  operation: string,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const lock = await takeLock(site, operation);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/** Takes those of the neighbours, too. @throws Failure when somebody else has one of them */
export async function takeLock(site: RegistrySite, operation: string, renewMs = RENEW_MS): Promise<Lock> {
  const taken: Lock[] = [];
  const release = async () => void (await Promise.all(taken.map((lock) => lock.release())));
  try {
    for (const one of registriesAt(site)) taken.push(await takeOne(one, operation, renewMs));
  } catch (error) {
    await release();
    throw error;
  }
  return { lost: AbortSignal.any(taken.map(({ lost }) => lost)), release };
}

async function takeOne(site: RegistrySite, operation: string, renewMs: number): Promise<Lock> {
  const own: LockHolder = {
    ...{ id: randomBytes(8).toString("hex"), operation, since: new Date().toISOString() },
    ...{ user: userName(), host: hostname(), pid: process.pid },
  };
  await take(site, own);
  const lost = new AbortController();
  // One at a time: a second one would find the lock that the first has just taken again, and call it somebody else's.
  let renewal: Promise<void> | undefined;
  const timer = setInterval(() => {
    renewal ??= renew(site, own, lost).finally(() => {
      renewal = undefined;
    });
  }, renewMs);
  timer.unref();
  return {
    lost: lost.signal,
    release: async () => {
      clearInterval(timer);
      await renewal;
      // One that could not be released ends by itself.
      await site.script(RELEASE, [FILE, own.id]).catch(() => {});
    },
  };
}

async function take(site: RegistrySite, own: LockHolder, gone = ""): Promise<void> {
  const args = [STATE_FOLDER, own.id, JSON.stringify(own), String(LEASE_SECONDS), gone];
  const answer = await site.script(TAKE, args);
  if (answer === "taken") return;
  const holder = parseHolder(answer.replace(/^held /, ""));
  if (holder && !gone && isGone(holder)) return take(site, own, holder.id);
  throw new Failure(
    holder
      ? `${holder.operation} of ${site.environment} runs since ${holder.since.slice(0, 16).replace("T", " ")} UTC (${holder.user}@${holder.host}, process ${holder.pid})`
      : `Something else works on ${site.environment}`,
    `wait until it has ended; when its process is gone, it counts as ended after ${LEASE_SECONDS} s`,
  );
}

/** Shows that the holder is alive. */
async function renew(site: RegistrySite, own: LockHolder, lost: AbortController): Promise<void> {
  try {
    const answer = (await site.script(RENEW, [FILE, own.id])).trim();
    if (answer === "absent") await take(site, own);
    if (answer === "lost") lost.abort(new Failure(`The lock of ${own.operation} of ${site.environment} was lost`));
  } catch (error) {
    // Everything else may be a restart of the container: the next attempt comes before the lease ends.
    if (error instanceof Failure) lost.abort(error);
  }
}

/** Whether the holder was a process of this machine that has ended. */
function isGone({ host, pid }: LockHolder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as LockHolder;
    return typeof holder.id === "string" && typeof holder.since === "string" ? holder : undefined;
  } catch {
    return undefined;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}
