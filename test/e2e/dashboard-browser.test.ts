import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RegistryImages } from "../../constructs/images";
import { panelRows } from "../../constructs/monitoring/panels";
import { RegistryClient } from "../../operations/registry/client";
import { eventually, freePort } from "../support/process";
import { pushImages } from "../support/push-images";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { browserMissing, RealBrowser } from "./support/browser";
import { findImage, findNeeds } from "./support/needs";

const NAME = "drawn";
const DASHBOARD = `projects/private-registry/dashboards/${NAME}`;
const DATA_SOURCE = "proxy/projects/private-registry/datasources/prometheus/api/v1";
/** `npm run pictures` writes the documentation's, of six minutes. */
const writesPictures = process.env.PICTURES === "write";
const PICTURE = "docs/pictures/dashboard.png";

/** This environment has no certificate, no backup and no collection. */
const WITHOUT_DATA = ["Certificate ends in", "Newest backup, age", "Last collection, age"];

describe("end to end", async () => {
  const needs = await findNeeds();
  const pinned = new RegistryImages();
  const image = async (name: "prometheus" | "perses") =>
    needs.missing ? { name: "", missing: undefined } : await findImage(pinned[name].toString());
  const [prometheus, perses] = [await image("prometheus"), await image("perses")];
  const missing = needs.missing ?? prometheus.missing ?? perses.missing ?? browserMissing;

  describeUnless(missing, "the dashboard of a registry that is used, in a browser", () => {
    const browser = new RealBrowser();
    let machine: Machine;
    let ports: { registry: number; prometheus: number; perses: number };

    const write = (draws: boolean) =>
      machine.write(NAME, ports.registry, {
        images: { ...needs.images, prometheus: prometheus.name, perses: perses.name },
        storage: { rustfs: { volume: { protect: false } } },
        monitoring: {
          prometheus: { port: ports.prometheus },
          ...(draws && { perses: { port: ports.perses } }),
        },
      });
    const others = () =>
      Promise.all(
        ["registry", "rustfs", "prometheus"].map((noun) => docker("inspect", "-f", "{{.Id}}", `${NAME}-${noun}`)),
      );

    async function use() {
      const login = JSON.parse(machine.read("secrets", `${NAME}.login.json`));
      const client = new RegistryClient({ url: `http://localhost:${ports.registry}`, login });
      const pushed = await pushImages(client, { repository: "team/app", images: 2, layers: 2, bytes: 200_000 });
      for (const one of pushed) await client.request("GET", `/v2/${one.replace("@", "/manifests/")}`);
      await client.request("GET", "/v2/team/app/manifests/none");
    }

    beforeAll(async () => {
      machine = new Machine(needs);
      ports = { registry: await freePort(), prometheus: await freePort(), perses: await freePort() };
      write(true);
      await machine.expectCode(0, "up", NAME, "--yes");
      // A picture is of six minutes in which the registry is used more and less.
      const end = Date.now() + (writesPictures ? 360_000 : 0);
      for (let n = 0; n === 0 || Date.now() < end; n++) {
        for (let times = 1 + (writesPictures ? Math.round(3 + 3 * Math.sin(n / 4)) : 0); times > 0; times--)
          await use();
        await machine.expectCode(0, "monitoring", "measure", NAME);
        if (writesPictures) await sleep(8000);
      }
    });
    afterAll(() => machine.remove(NAME));

    test("every query finds what it asks for, through Perses", async () => {
      const found = async (expr: string) => {
        // Before the second time that a figure is read there is no rate of it.
        const query = encodeURIComponent(expr.replaceAll(/\brate\(/g, "last_over_time("));
        const answer = await fetch(`http://127.0.0.1:${ports.perses}/${DATA_SOURCE}/query?query=${query}`);
        const { data } = (await answer.json()) as { data: { result: unknown[] } };
        return data.result.length > 0;
      };
      for (const { title, queries } of panelRows(NAME, true).flatMap(({ panels }) => panels))
        for (const { expr } of queries)
          if (WITHOUT_DATA.includes(title)) expect(await found(expr), title).toBe(false);
          else await eventually(`${title}: ${expr}`, () => found(expr), 120_000);
    });

    test("no dashboard can be changed, and no figure sent through its data source", async () => {
      const post = async (path: string) => {
        const answer = await fetch(`http://127.0.0.1:${ports.perses}/${path}`, { method: "POST", body: "{}" });
        return answer.status;
      };
      expect(await post("api/v1/projects")).toBe(405);
      expect(await post(`${DATA_SOURCE}/otlp/v1/metrics`)).toBe(403);
    });

    test("it is drawn, and asks nobody else", async () => {
      const visit = await browser.visit({ viewport: { width: 1440, height: 1840 } });
      await visit.page.goto(`http://127.0.0.1:${ports.perses}/${DASHBOARD}?start=${writesPictures ? "5m" : "15m"}`);
      for (const title of ["Storage filled", "Pulls and pushes", "Memory of its limit", "S3 calls"])
        await visit.page.getByText(title, { exact: true }).waitFor();
      await expect.poll(() => visit.page.locator("canvas").count(), { timeout: 20_000 }).toBeGreaterThan(12);
      await visit.page.waitForLoadState("networkidle");
      expect([...visit.origins]).toEqual([`http://127.0.0.1:${ports.perses}`]);
      expect(await visit.page.getByRole("alert").allTextContents()).toEqual([]);
      const picture = await visit.page.screenshot();
      expect(picture.length).toBeLessThan(300_000);
      if (!writesPictures) return;
      mkdirSync("docs/pictures", { recursive: true });
      writeFileSync(PICTURE, picture);
    });

    test("it goes alone", async () => {
      const before = await others();
      write(false);
      expect(await machine.expectCode(0, "up", NAME, "--yes")).not.toContain("data lost");
      const left = [await docker("ps", "-a", "--format", "{{.Names}}"), await docker("volume", "ls", "-q")].join();
      expect(left).not.toContain(`${NAME}-perses`);
      expect(await others()).toEqual(before);
    });
  });
});
