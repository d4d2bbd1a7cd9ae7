import { describe, expect, test } from "vitest";
import { Deployment } from "../e2e/support/deployment";
import { findNeeds } from "../e2e/support/needs";
import { freePort } from "../support/process";
import { describeUnless } from "../support/tools";

const RUNS = Number(process.env.BENCHMARK_RUNS ?? 5);

describe("apply", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "the default environment, images already there", () => {
    test(`${RUNS} first applies, alone`, async () => {
      const times: number[] = [];
      for (let n = 0; n < RUNS; n++) {
        const port = await freePort();
        const stack = new Deployment(needs, "bench-apply", port, {
          registry: { host: "localhost", publish: { port } },
          storage: { rustfs: { volume: { protect: false } } },
        });
        try {
          await stack.plan();
          const begin = performance.now();
          expect((await stack.apply()).stderr).toBe("");
          times.push((performance.now() - begin) / 1000);
        } finally {
          await stack.remove();
        }
      }
      const sorted = [...times].sort((a, b) => a - b);
      console.log(
        `first apply, synthesis included: median ${sorted[Math.floor(RUNS / 2)]?.toFixed(1)} s ` +
          `of ${times.map((time) => time.toFixed(1)).join(" ")}`,
      );
    });
  });
});
