import { Failure } from "../failure";
import type { Copier } from "./copier";
import { WRONG } from "./copy-blobs";
import { POOL, type Pool } from "./pool";
import { isFull } from "./pool-failure";
import type { CopyState } from "./rclone-log";
import type { RestorePlan } from "./restore-plan";

/** Where a registry's files are, for rclone. */
export interface Store {
  readonly blobs: string;
  readonly repositories: string;
}

export interface FillOptions {
  readonly onState: (what: string, state: CopyState) => void;
}

/**
 * Brings the blobs of a plan into a registry's storage, and reads each of them there.
 * @returns what the backup does not give as its name says, with the reason
 */
export async function fillBlobs(
  pool: Pool,
  { blobs }: Store,
  { needed, absent }: Pick<RestorePlan, "needed" | "absent">,
  { onState }: FillOptions,
): Promise<Map<string, string>> {
  const from = `${POOL}blobs`;
  const copied =
    absent.length > 0 ? await pool.copy(from, blobs, absent, (state) => onState("copying", state)) : undefined;
  if (copied && isFull(copied))
    throw new Failure("The registry's storage is full; no tag was set", "make room there, then run it again");
  const check = (digests: readonly string[]) => pool.verify(blobs, digests, (state) => onState("checking", state));
  const bad = [...needed.keys()].filter(notIn((await check([...needed.keys()])).good));
  if (bad.length === 0) return new Map();
  const source = await pool.verify(from, bad);
  const again = [...source.good];
  if (again.length > 0) {
    await pool.copy(from, blobs, again);
    const still = again.filter(notIn((await check(again)).good));
    if (still.length > 0)
      throw new Failure(
        `The registry's storage does not keep what is written: ${still.slice(0, 3).join(", ")}; no tag was set`,
        "look at the storage's log and its disk",
        copied?.errors.map(({ message }) => message).join("\n"),
      );
  }
  return new Map([...source.unreadable, ...source.wrong.map((one) => [one, WRONG] as const)]);
}

/** Awk writes a file a line: `xargs mkdir` and no process a file, since there may be very many. */
const MAKE_FILES = `rm -rf /work/links; mkdir -p /work/links; cd /work/links
awk '{ sub("/[^/]*$", "", $1); print $1 }' "$1" | sort -u | xargs mkdir -p
awk '{ printf "%s", $2 >$1; close($1) }' "$1"
cut -d " " -f 1 "$1" >/work/paths`;

/** Writes links; those that are there are written again. */
export async function fillLinks(
  copier: Copier,
  pool: Pool,
  { repositories }: Store,
  links: RestorePlan["links"],
  onState: (state: CopyState) => void,
): Promise<void> {
  if (links.length === 0) return;
  await copier.put("/work/list", links.map(([path, content]) => `${path} ${content}\n`).join(""));
  await copier.shell(MAKE_FILES, "/work/list");
  const which = ["--files-from-raw", "/work/paths", "--no-check-dest", "--transfers", "16", "--s3-no-head"];
  const result = await copier.rclone(["copy", "/work/links", repositories, ...which], onState);
  await copier.shell("rm -rf /work/links");
  if (result.code !== 0) throw pool.failure("write the links of the registry from", result);
}

function notIn(set: ReadonlySet<string>) {
  return (one: string) => !set.has(one);
}
