import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";

/** In this file every pause, ours and the tests', takes a part of its time. Call it where `beforeAll` may be called. */
export function shortWaits(divisor = 20): void {
  const usual = timers.setTimeout;
  const use = (setTimeout: typeof usual) => {
    timers.setTimeout = setTimeout;
    syncBuiltinESMExports();
  };
  beforeAll(() => use(((ms: number, ...rest: [unknown]) => usual(ms / divisor, ...rest)) as typeof usual));
  afterAll(() => use(usual));
}
