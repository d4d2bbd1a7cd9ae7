import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Deployment } from "../e2e/support/deployment";
import { findNeeds } from "../e2e/support/needs";
import { Peaks } from "../e2e/support/peaks";
import { ImageTraffic, makeLayer } from "../support/image-traffic";
import { freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { Recipe } from "./support/recipe";

const LAYERS = 4;
const LAYER_BYTES = 128e6;
const RUNS = Number(process.env.BENCHMARK_RUNS ?? 5);

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

describe("push", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, `${LAYERS} layers of ${LAYER_BYTES / 1e6} MB at once`, () => {
    const NAME = "bench-push";
    let ours: Deployment;
    let recipe: Recipe;

    beforeAll(async () => {
      const port = await freePort();
      ours = new Deployment(needs, NAME, port, {
        registry: { host: "localhost", publish: { port } },
        storage: { rustfs: { volume: { protect: false } } },
      });
      recipe = new Recipe(needs, "bench-recipe", await freePort());
      expect((await ours.apply()).stderr).toBe("");
    });
    afterAll(async () => {
      await ours.remove();
      await recipe.remove();
    });

    /** Seconds of each push, and the peaks of both containers over all of them. */
    async function push(subjects: readonly { url: string; user: Deployment["user"]; containers: readonly string[] }[]) {
      const peaks = subjects.map(({ containers }) => new Peaks(containers));
      const traffic = subjects.map(({ url, user }) => new ImageTraffic(url, user));
      const times = subjects.map((): number[] => []);
      // The first one, of each, warms up and is not counted.
      for (let run = 0; run <= RUNS; run++) {
        for (const [n, one] of traffic.entries()) {
          const layers = Array.from({ length: LAYERS }, () => makeLayer(LAYER_BYTES));
          const begin = performance.now();
          await one.push(`bench/run-${run}`, layers);
          if (run > 0) times[n]?.push((performance.now() - begin) / 1000);
        }
      }
      for (const one of traffic) one.close();
      return Promise.all(times.map(async (one, n) => ({ times: one, peaks: await peaks[n]?.end() })));
    }

    const own = () => ({ url: ours.url, user: ours.user, containers: [`${NAME}-registry`, `${NAME}-rustfs`] });
    const line = (name: string, { times, peaks = [] }: { times: number[]; peaks?: number[] }) =>
      `${name.padEnd(8)} median ${median(times).toFixed(2)} s of ${times.map((time) => time.toFixed(2)).join(" ")}; peaks: registry ${peaks[0]} MiB, RustFS ${peaks[1]} MiB`;

    test("ours alone", async () => {
      const [result] = await push([own()]);
      if (result) console.log(line("ours", result));
    });

    test("ours and the recipe in turns", async () => {
      await recipe.start();
      const [a, b] = await push([own(), recipe]);
      if (!a || !b) return;
      console.log(line("ours", a));
      console.log(line("recipe", b));
      console.log(`recipe / ours: ${(median(b.times) / median(a.times)).toFixed(2)}`);
    });
  });
});
