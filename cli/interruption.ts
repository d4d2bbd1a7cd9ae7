import type { Interruption } from "../operations/interruption";
import type { Io } from "./io";

/**
 * Ctrl-C while something runs that must not be cut off: the first asks it to end, the second explains, the third insists.
 * The signal of a terminal that closes, and of whoever ends processes, count as the first.
 */
export async function interruptible<T>(
  process: NodeJS.Process,
  io: Io,
  work: (interruption: Interruption) => Promise<T>,
): Promise<T> {
  const gentle = new AbortController();
  const hard = new AbortController();
  let count = 0;
  const onSignal = () => {
    count += 1;
    if (count === 1) {
      io.err("Stopping: what has begun is finished first, so that nothing is left in an unknown state …");
      gentle.abort();
    } else if (count === 2) {
      io.err(
        "Still stopping. Once more ends it at once, and may leave the state locked and containers that it does not know.",
      );
    } else {
      hard.abort();
    }
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work({ gentle: gentle.signal, hard: hard.signal });
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}
