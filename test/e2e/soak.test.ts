import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImageTraffic, makeLayer } from "../support/image-traffic";
import { freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { Deployment, docker } from "./support/deployment";
import { findNeeds } from "./support/needs";
import { Peaks } from "./support/peaks";

const CLIENTS = 8;
const LAYERS = 4;
const LAYER_BYTES = 128e6;

describe("soak", async () => {
  const needs = await findNeeds();

  describeUnless(
    needs.missing,
    `the default environment, ${CLIENTS} clients with ${LAYERS} layers each at once`,
    () => {
      const NAME = "e2e-soak";
      const containers = [`${NAME}-registry`, `${NAME}-rustfs`];
      let stack: Deployment;
      let traffic: ImageTraffic;

      beforeAll(async () => {
        const port = await freePort();
        stack = new Deployment(needs, NAME, port, {
          registry: { host: "localhost", publish: { port } },
          storage: { rustfs: { volume: { protect: false } } },
        });
        expect((await stack.apply()).stderr).toBe("");
        traffic = new ImageTraffic(stack.url, stack.user);
      });
      afterAll(async () => {
        traffic?.close();
        await stack.remove();
      });

      const restarts = async () => {
        const { stdout } = await docker("inspect", "--format", "{{.RestartCount}} {{.State.Status}}", ...containers);
        return stdout.trim().split("\n");
      };

      test.each([1, 2])(
        "round %d: every push succeeds, every layer comes back, and nothing is restarted",
        async (round) => {
          const images = Array.from({ length: CLIENTS }, (_, client) => ({
            repository: `soak/client-${client}-${round}`,
            layers: Array.from({ length: LAYERS }, () => makeLayer(LAYER_BYTES)),
          }));
          const peaks = new Peaks(containers);
          const begin = Date.now();
          await Promise.all(images.map(({ repository, layers }) => traffic.push(repository, layers)));
          const pushed = (Date.now() - begin) / 1000;
          for (const { repository } of images) expect(await traffic.pull(repository)).toBe(LAYERS * LAYER_BYTES);
          const [registry, rustfs] = await peaks.end();
          console.log(
            `soak ${round}: pushed in ${pushed.toFixed(1)} s; peaks: registry ${registry} MiB, RustFS ${rustfs} MiB`,
          );
          expect(await restarts()).toEqual(["0 running", "0 running"]);
        },
      );
    },
  );
});
