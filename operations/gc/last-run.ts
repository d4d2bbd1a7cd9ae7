import { type RegistrySite, STATE_FOLDER } from "../maintenance/site";

/** How the last collection ended; kept in the registry's container, so whoever asks it can tell. */
export interface LastRun {
  /** When, ISO 8601. */
  readonly at: string;
  readonly isDone: boolean;
  readonly freedBytes?: number;
  /** Why it ended badly. */
  readonly problem?: string;
  /** The machine that worked on it. */
  readonly host: string;
}

export const LAST_RUN = `${STATE_FOLDER}/gc-last.json`;

export async function writeLastRun(site: RegistrySite, run: LastRun): Promise<void> {
  await site.script('mkdir -p "$(dirname "$1")" && printf "%s\\n" "$2" > "$1"', [LAST_RUN, JSON.stringify(run)]);
}

/** What is kept of it; nothing: there was none since the container was made. */
export function parseLastRun(text: string): LastRun | undefined {
  try {
    const run = JSON.parse(text) as LastRun;
    return typeof run.at === "string" && typeof run.isDone === "boolean" ? run : undefined;
  } catch {
    return undefined;
  }
}
