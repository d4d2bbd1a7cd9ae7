import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "../closure/inventory";
import { Failure } from "../failure";
import { type RegistrySite, STATE_FOLDER } from "../maintenance/site";
import { CONFIG_FILE } from "../storage/access";

/** What Distribution's collector would delete. */
export interface Eligible {
  /** Blobs that it found in use. */
  readonly marked: number;
  readonly blobs: ReadonlySet<Digest>;
  readonly layers: readonly { readonly repository: string; readonly digest: Digest }[];
}

// Arguments: folder, configuration, name of the run. It goes on when the connection ends, and its output stays.
const START = `
rm -rf "$1/gc"
mkdir -p "$1/gc/$3" && cd "$1/gc/$3" || exit 1
( registry garbage-collect --dry-run "$2" > out 2> log < /dev/null; echo $? > ended.new; mv ended.new ended ) > /dev/null 2>&1 &
echo $! > pid`;

const LOOK = `
cd "$1/gc/$2" || exit 1
if [ -e ended ]; then echo "ended $(cat ended)"; elif kill -0 "$(cat pid)" 2>/dev/null; then echo "running $(wc -l < out)"; else echo gone; fi`;

/** Runs the collector beside the registry so that it only says what it would delete. @param onProgress lines so far */
export async function runDryRun(
  site: RegistrySite,
  onProgress: (lines: number) => void,
  stop: () => void = () => {},
): Promise<Eligible> {
  const run = randomBytes(4).toString("hex");
  await site.script(START, [STATE_FOLDER, CONFIG_FILE, run]);
  for (let pause = 100; ; pause = Math.min(pause * 2, 1000)) {
    await sleep(pause);
    stop();
    const [state, value = ""] = (await site.script(LOOK, [STATE_FOLDER, run])).trim().split(" ");
    if (state === "ended" && value === "0") break;
    if (state !== "running") throw await failure(site, run, state === "ended" ? `exit code ${value}` : "no result");
    onProgress(Number(value));
  }
  const lines = await site.script(`grep -F eligible "$1/gc/$2/out"`, [STATE_FOLDER, run], 300_000);
  return parseEligible(lines);
}

/** Reads what the collector printed. @throws Failure when it is not all there */
export function parseEligible(output: string): Eligible {
  const [, marked, blobCount, manifestCount] =
    /^(\d+) blobs marked, (\d+) blobs and (\d+) manifests eligible for deletion$/m.exec(output) ?? [];
  const blobs = new Set([...output.matchAll(/^blob eligible for deletion: (\S+)$/gm)].map(([, digest = ""]) => digest));
  const layers = [...output.matchAll(/^(\S+): layer link eligible for deletion: (\S+)$/gm)];
  if (Number(blobCount) !== blobs.size || manifestCount !== "0")
    throw new Failure("The collector's output is not what this version knows", undefined, output.slice(0, 2000));
  return {
    marked: Number(marked),
    blobs,
    layers: layers.map(([, repository = "", digest = ""]) => ({ repository, digest })),
  };
}

async function failure(site: RegistrySite, run: string, ending: string): Promise<Error> {
  const log = await site.script('tail -n 5 "$1/gc/$2/log" "$1/gc/$2/out" 2>/dev/null || true', [STATE_FOLDER, run]);
  return new Error(`the collector's dry run ended with ${ending}\n${log.trim()}`);
}
