import { hostname } from "node:os";
import { READ_ONLY_MARKER } from "../../constructs/registry/serve";
import { command } from "../command";
import { Failure } from "../failure";
import { type RegistrySite, registriesAt, startedReadOnly } from "./site";

/** Why a registry takes no pushes for a while, and since when. */
export interface ReadOnlyMark {
  readonly operation: string;
  /** ISO 8601. */
  readonly since: string;
  /** The machine that works on it. */
  readonly host: string;
}

/**
 * Restarts a registry and its neighbours, one after the other, so that they take no pushes, and everything that is read works
 * on. Terraform sees nothing of it; a container that is replaced takes pushes again.
 * @throws Failure when one still takes pushes; all are as they were then
 */
export async function enterReadOnly(site: RegistrySite, operation: string, since: string): Promise<void> {
  const mark: ReadOnlyMark = { operation, since, host: hostname() };
  const write = 'mkdir -p "$(dirname "$1")" && printf "%s\\n" "$2" > "$1"';
  for (const one of registriesAt(site)) {
    await one.script(write, [READ_ONLY_MARKER, JSON.stringify(mark)]);
    await one.restart();
    if (await startedReadOnly(one)) continue;
    await leaveReadOnly(site);
    throw new Failure(
      `The registry of ${one.environment} could not be made read-only: it was deployed by an older version`,
      `deploy it once more: ${command("up", one.environment)}`,
    );
  }
}

/** The marker while the registry is restarted to take pushes: whoever is cut off there must still be found. */
export const READ_ONLY_ENDING = `${READ_ONLY_MARKER}.ending`;

/** Restarts a registry and its neighbours so that they take pushes again, and what they remember of their storage is forgotten. */
export async function leaveReadOnly(site: RegistrySite): Promise<void> {
  for (const one of registriesAt(site)) {
    await one.script('if [ -e "$1" ]; then mv "$1" "$2"; fi', [READ_ONLY_MARKER, READ_ONLY_ENDING]);
    await one.restart();
    await one.script('rm -f "$1"', [READ_ONLY_ENDING]);
  }
}

/** What was begun and not ended, and made the registry read-only or is about to; nothing: there is no such thing. */
export async function readOnlyMark(site: RegistrySite): Promise<ReadOnlyMark | undefined> {
  return parseMark(
    await site.script('cat "$1" 2>/dev/null || cat "$2" 2>/dev/null || true', [READ_ONLY_MARKER, READ_ONLY_ENDING]),
  );
}

/** What a marker says; one that says nothing is one all the same. */
export function parseMark(text: string): ReadOnlyMark | undefined {
  if (text.trim() === "") return undefined;
  try {
    const { operation = "?", since = "?", host = "?" } = JSON.parse(text) as Partial<ReadOnlyMark>;
    return { operation, since, host };
  } catch {
    return { operation: "?", since: "?", host: "?" };
  }
}
