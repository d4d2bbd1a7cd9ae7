import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpuSeconds } from "../e2e/support/cpu";
import { Deployment, docker } from "../e2e/support/deployment";
import { findNeeds } from "../e2e/support/needs";
import { Peaks } from "../e2e/support/peaks";
import { Availability } from "../support/availability";
import { ImageTraffic, type Layer, makeLayer } from "../support/image-traffic";
import { freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { Recipe } from "./support/recipe";
import { S3Floor } from "./support/s3-floor";

const LAYERS = 4;
const LAYER_BYTES = 128e6;
const RUNS = Number(process.env.BENCHMARK_RUNS ?? 5);
const CHANGES = 10;

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

/** Something to push to. */
interface Subject {
  readonly containers: readonly string[];
  readonly push: (name: string, layers: readonly Layer[]) => Promise<void>;
  readonly close: () => void;
}

interface Measured {
  /** Seconds of each push. */
  readonly times: number[];
  /** Seconds of a processor that the containers used for each push. */
  readonly cpu: number[];
  /** Most memory of each container in MiB, over all pushes. */
  peaks?: readonly number[];
}

describe("push", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, `${LAYERS} layers of ${LAYER_BYTES / 1e6} MB at once`, () => {
    const NAME = "bench-push";
    let ours: Deployment;
    let recipe: Recipe;
    let port: number;

    const write = (realm: string) =>
      ours.write({
        registry: { host: "localhost", realm, publish: { port } },
        storage: { rustfs: { volume: { protect: false } } },
      });

    beforeAll(async () => {
      port = await freePort();
      ours = new Deployment(needs, NAME, port, {});
      write("bench");
      recipe = new Recipe(needs, "bench-recipe", await freePort());
      expect((await ours.apply()).stderr).toBe("");
    });
    afterAll(async () => {
      await ours.remove();
      await recipe.remove();
    });

    function registry({
      url,
      user,
      containers,
    }: Pick<Deployment, "url" | "user"> & Pick<Recipe, "containers">): Subject {
      const traffic = new ImageTraffic(url, user);
      return { containers, push: (name, layers) => traffic.push(name, layers), close: () => traffic.close() };
    }

    const own = () => registry({ url: ours.url, user: ours.user, containers: [`${NAME}-registry`, `${NAME}-rustfs`] });

    /** The requests to S3 alone, to the RustFS that our registry has. */
    async function floor(): Promise<Subject> {
      const { stdout } = await docker(
        ...["inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", `${NAME}-rustfs`],
      );
      const { registry_s3_access_key: accessKeyId = "", registry_s3_secret_key: secretAccessKey = "" } = ours.secrets;
      const s3 = new S3Floor(`http://${stdout.trim()}:9000`, "registry", { accessKeyId, secretAccessKey });
      return {
        containers: [`${NAME}-rustfs`],
        push: (name, layers) => s3.push(name, layers),
        close: () => s3.close(),
      };
    }

    /** Pushes to each in turns. */
    async function measure(subjects: readonly Subject[]): Promise<Measured[]> {
      const peaks = subjects.map(({ containers }) => new Peaks(containers));
      const measured: Measured[] = subjects.map(() => ({ times: [], cpu: [] }));
      // The first one, of each, warms up and is not counted.
      for (let run = 0; run <= RUNS; run++) {
        for (const [n, { push, containers }] of subjects.entries()) {
          const layers = Array.from({ length: LAYERS }, () => makeLayer(LAYER_BYTES));
          const before = await cpuSeconds(containers);
          const begin = performance.now();
          await push(`bench/run-${run}`, layers);
          if (run === 0) continue;
          measured[n]?.times.push((performance.now() - begin) / 1000);
          measured[n]?.cpu.push((await cpuSeconds(containers)) - before);
        }
      }
      for (const subject of subjects) subject.close();
      for (const [n, one] of measured.entries()) one.peaks = await peaks[n]?.end();
      return measured;
    }

    const line = (name: string, { times, cpu, peaks = [] }: Measured) =>
      `${name.padEnd(8)} median ${median(times).toFixed(2)} s of ${times.map((time) => time.toFixed(2)).join(" ")}; ` +
      `containers' CPU ${median(cpu).toFixed(2)} s; peaks ${peaks.join(" and ")} MiB`;

    test("ours alone", async () => {
      const [result] = await measure([own()]);
      if (result) console.log(`registry and RustFS\n${line("ours", result)}`);
    });

    test(`${CHANGES} changes of the configuration, alone`, async () => {
      const seen: number[] = [];
      for (let n = 0; n < CHANGES; n++) {
        write(`bench ${n}`);
        const client = new Availability(ours.url);
        expect((await ours.apply()).stderr).toBe("");
        seen.push((await client.end()).longestRefusalMs);
      }
      const all = seen.map((ms) => Math.round(ms));
      console.log(`no answer during a change: median ${Math.round(median(seen))} ms of ${all.join(" ")}`);
    });

    test("ours, the recipe and the floor in turns", async () => {
      await recipe.start();
      const [a, b, c] = await measure([own(), registry(recipe), await floor()]);
      if (!a || !b || !c) return;
      console.log(line("ours", a));
      console.log(line("recipe", b));
      console.log(line("S3 alone", c));
      const ratio = (key: "times" | "cpu", [over, under]: readonly [Measured, Measured]) =>
        (median(over[key]) / median(under[key])).toFixed(2);
      console.log(`recipe / ours: ${ratio("times", [b, a])} in time, ${ratio("cpu", [b, a])} in CPU`);
      console.log(`ours / S3 alone: ${ratio("times", [a, c])} in time, ${ratio("cpu", [a, c])} in CPU`);
    });
  });
});
