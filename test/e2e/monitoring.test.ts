import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RegistryImages } from "../../constructs";
import { eventually, freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { findImage, findNeeds } from "./support/needs";

const NAME = "monitoring-e2e";

describe("monitoring, end to end", async () => {
  const needs = await findNeeds();
  const prometheus = needs.missing ? { name: "" } : await findImage(new RegistryImages().prometheus.toString());
  const missing = needs.missing ?? prometheus.missing;

  describeUnless(missing, "a registry on Docker Engine, by Terraform, with RustFS and a Prometheus of its own", () => {
    let machine: Machine;
    let port: number;
    let page: number;

    const write = (monitoring: object) =>
      machine.write(NAME, port, {
        images: { ...needs.images, prometheus: prometheus.name },
        storage: { rustfs: { volume: { protect: false } } },
        monitoring,
      });
    const ask = async (query: string) => {
      const url = `http://127.0.0.1:${page}/api/v1/query?query=${encodeURIComponent(query)}`;
      const { data } = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]?.value[1];
    };
    const started = (noun: string) => docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", `${NAME}-${noun}`);

    beforeAll(async () => {
      machine = new Machine(needs);
      port = await freePort();
      page = await freePort();
      write({ prometheus: { port: page } });
      await machine.expectCode(0, "up", NAME, "--yes");
    });
    afterAll(() => machine.remove(NAME));

    test("takes another setting within seconds, and restarts nothing", async () => {
      const before = await Promise.all(["registry", "rustfs", "prometheus"].map(started));
      write({ prometheus: { port: page, alertmanagers: ["alertmanager.invalid:9093"] } });
      await machine.expectCode(0, "up", NAME, "--yes");
      const read = async () => await (await fetch(`http://127.0.0.1:${page}/api/v1/status/config`)).text();
      await eventually("setting", async () => (await read()).includes("alertmanager.invalid:9093"));
      expect(await Promise.all(["registry", "rustfs", "prometheus"].map(started))).toEqual(before);
    });

    // RustFS sends every 30 s: the test above is part of that.
    test("gets the registry's figures, RustFS's, and what status finds", async () => {
      await eventually("registry", async () => (await ask('up{job="registry"}')) === "1", 40_000);
      await eventually("RustFS", async () => (await ask("rustfs_start_total")) === "1", 40_000);
      expect(await machine.expectCode(0, "monitoring", "measure", NAME)).toMatch(/\d\d figures/);
      const healthy = `private_registry_container_healthy{environment="${NAME}", container="${NAME}-rustfs"}`;
      await eventually("figures", async () => (await ask(healthy)) === "1");
      expect(await machine.expectCode(0, "status", NAME)).toContain(`${NAME}-prometheus`);
      expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
    });

    test("is taken away, and leaves the registry as it was", async () => {
      write({});
      const said = await machine.expectCode(0, "up", NAME, "--yes");
      expect(said).not.toContain("data lost");
      expect(await docker("ps", "-a", "--format", "{{.Names}}")).not.toContain(`${NAME}-prometheus`);
      expect(await docker("volume", "ls", "-q")).not.toContain(`${NAME}-prometheus`);
      expect(await docker("exec", `${NAME}-registry`, "cat", "/etc/distribution/config.yml")).toContain(
        "127.0.0.1:5001",
      );
    });
  });
});
