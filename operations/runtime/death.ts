import { WATCHERS } from "../../constructs/monitoring/options";
import { command } from "../command";

/** Why a container ended, the last time that the engine had not been told to stop it. */
export interface ContainerDeath {
  /**
   * `memory`: the kernel killed it. `killed`: killed without a word, most likely the same. `orderly`: RustFS stopped to give
   * memory back. `ended`: by itself. `unknown`: nobody remembers.
   */
  readonly cause: "memory" | "killed" | "orderly" | "ended" | "unknown";
  /** How often the engine has started it again since it was made. */
  readonly restarts: number;
  /** @default - the engine has forgotten it */
  readonly exitCode?: number;
  /** ISO 8601. */
  readonly at: string;
  /** The line of its log that tells why. */
  readonly lastWords?: string;
}

/** What RustFS's health check writes into the log before it asks RustFS to stop (`constructs/storage/rustfs-health.sh`). */
export const ORDERLY_RESTART = "orderly restart: memory";

/** Exit code of a program that the kernel killed. */
export const KILLED = 137;

/** @param lastWords the telling line of its log, "" for none; nothing when there is no log */
export function causeOfEnd(exitCode: number | undefined, lastWords: string | undefined): ContainerDeath["cause"] {
  if (lastWords?.includes(ORDERLY_RESTART)) return "orderly";
  if (exitCode !== undefined) return exitCode === KILLED ? "killed" : "ended";
  if (lastWords === undefined) return "unknown";
  return lastWords ? "ended" : "killed";
}

/** What of a log tells why its container ended; a panic is followed by many lines of stack. */
const TELLING = new RegExp(
  `${ORDERLY_RESTART}|^panic:|^fatal error:|panicked at|level"?[=:]"?(?:fatal|panic)|\\[FATAL\\]`,
  "i",
);

export function isTelling(line: string): boolean {
  return TELLING.test(line);
}

/** A death in one line: `killed for lack of memory 3 h ago, 2 restarts`. */
export function describeDeath({ cause, exitCode, lastWords }: ContainerDeath): string {
  switch (cause) {
    case "memory":
      return "killed for lack of memory";
    case "killed":
      return `killed without a word${exitCode === undefined ? "" : ` (exit code ${exitCode})`}, most likely for lack of memory`;
    case "orderly":
      return "RustFS restarted in order, to give memory back";
    case "ended":
      return `${exitCode === undefined ? "ended by itself" : `exit code ${exitCode}`}${lastWords ? `, last saying: ${shorten(lastWords)}` : ""}`;
    case "unknown":
      return "for a reason that the engine has forgotten";
  }
}

/** The keys of environment files that give a container more memory, by its noun. */
const MEMORY_KEYS = new Map([
  // A memoryMb that is too small for it is refused then, with its figure.
  ["registry", "registry.uploadsAtOnce"],
  ["rustfs", "storage.rustfs.memoryMb"],
  ["ui", "ui.memoryMb"],
  ...WATCHERS.map((noun): [string, string] => [noun, `monitoring.${noun}.memoryMb`]),
]);

/** What to raise when it was memory; nothing otherwise, or when no key decides it. */
export function memoryRemedy({ cause }: ContainerDeath, noun: string, environment: string): string | undefined {
  const key = MEMORY_KEYS.get(noun);
  if (!key || (cause !== "memory" && cause !== "killed")) return undefined;
  return `raise ${key} in environments/${environment}.yaml, then: ${command("up", environment)}`;
}

function shorten(line: string): string {
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
