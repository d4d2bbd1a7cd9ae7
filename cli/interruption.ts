import type { Interruption } from "../operations/interruption";
import type { Io } from "./io";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const NAMES = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];

/** How many programs run at the moment that must not be cut off. */
let trapped = 0;

/**
 * Ends the process at the first signal, with the exit code that shells give it; not while something runs that must not be cut
 * off. Said out loud, since a process that is the first of a container ignores signals that it does not ask for.
 */
export function endAtSignals(process: NodeJS.Process, io: Io): void {
  for (const name of NAMES) {
    process.on(name, () => {
      if (trapped > 0) return;
      io.transient("");
      io.err("Stopped.");
      process.exit(SIGNALS[name]);
    });
  }
}

/**
 * Ctrl-C while Terraform runs: the first asks it to end, the second explains, the third insists. The signal of a terminal that
 * closes, and of whoever ends processes, count as the first.
 */
export function createInterruption(process: NodeJS.Process, io: Io): Interruption {
  const gentle = new AbortController();
  const hard = new AbortController();
  let count = 0;
  const onSignal = () => {
    count += 1;
    if (count === 1) {
      io.err("Stopping: the step that runs is finished first, so that the state stays correct …");
      gentle.abort();
    } else if (count === 2) {
      io.err("Still stopping. Press again to end at once; the state may stay locked, and miss containers that exist.");
    } else {
      hard.abort();
    }
  };
  const trap = () => {
    trapped += 1;
    for (const name of NAMES) process.on(name, onSignal);
    return () => {
      trapped -= 1;
      for (const name of NAMES) process.off(name, onSignal);
    };
  };
  return { gentle: gentle.signal, hard: hard.signal, trap };
}
