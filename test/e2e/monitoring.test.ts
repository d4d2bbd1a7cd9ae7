import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RegistryImages } from "../../constructs";
import { eventually, freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { findImage, findNeeds } from "./support/needs";

const NAME = "monitoring-e2e";

/** Of the edge network: where containers find what listens on this machine. */
const EDGE = { subnet: "10.213.94.0/24", gateway: "10.213.94.1" };
const TOKEN = "only-the-receiver-knows-it";

interface Alert {
  readonly status: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** What is posted to a webhook of this machine. */
class Receiver {
  public readonly alerts: Alert[] = [];
  public authorization?: string;
  private readonly server: Server;

  constructor() {
    this.server = createServer(async (request, response) => {
      this.authorization = request.headers.authorization;
      this.alerts.push(...(JSON.parse(await text(request)) as { alerts: Alert[] }).alerts);
      response.end();
    });
  }

  public listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => this.server.once("error", reject).listen(port, EDGE.gateway, resolve));
  }

  public close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe("monitoring, end to end", async () => {
  const needs = await findNeeds();
  const pinned = new RegistryImages();
  const image = async (name: "prometheus" | "alertmanager") =>
    needs.missing ? { name: "", missing: undefined } : await findImage(pinned[name].toString());
  const [prometheus, alertmanager] = [await image("prometheus"), await image("alertmanager")];
  const missing = needs.missing ?? prometheus.missing ?? alertmanager.missing;

  describeUnless(missing, "a registry on Docker Engine, by Terraform, with RustFS and what watches it", () => {
    let machine: Machine;
    let port: number;
    let page: number;
    let hook: number;
    let silences: number;
    const receiver = new Receiver();

    const write = (monitoring: object) =>
      machine.write(NAME, port, {
        images: { ...needs.images, prometheus: prometheus.name, alertmanager: alertmanager.name },
        storage: { rustfs: { volume: { protect: false } } },
        networks: { edge: EDGE },
        monitoring,
      });
    const ask = async (query: string) => {
      const url = `http://127.0.0.1:${page}/api/v1/query?query=${encodeURIComponent(query)}`;
      const { data } = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]?.value[1];
    };
    const on = (more: object = {}) => ({
      prometheus: { port: page, ...more },
      alertmanager: {
        port: silences,
        webhooks: [{ url: `http://${EDGE.gateway}:${hook}/`, tokenFromVariable: "alerts_token" }],
      },
    });
    const started = (noun: string) => docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", `${NAME}-${noun}`);

    beforeAll(async () => {
      machine = new Machine(needs, { TF_VAR_alerts_token: TOKEN });
      port = await freePort();
      page = await freePort();
      hook = await freePort();
      silences = await freePort();
      write(on());
      expect(await machine.expectCode(0, "up", NAME, "--yes")).not.toContain(TOKEN);
      await receiver.listen(hook);
      // Somebody guesses passwords: one alert that needs no time.
      const Authorization = `Basic ${Buffer.from("nobody:wrong").toString("base64")}`;
      const guess = () => fetch(`http://127.0.0.1:${port}/v2/`, { headers: { Authorization } });
      for (let n = 0; n < 55; n++) expect((await guess()).status).toBe(401);
      expect(await machine.expectCode(0, "monitoring", "measure", NAME)).toMatch(/\d\d figures/);
    });
    afterAll(async () => {
      receiver.close();
      await machine.remove(NAME);
    });

    test("takes another setting within seconds, and restarts nothing", async () => {
      const all = ["registry", "rustfs", "prometheus", "alertmanager"];
      const before = await Promise.all(all.map(started));
      write(on({ alertmanagers: ["alertmanager.invalid:9093"] }));
      await machine.expectCode(0, "up", NAME, "--yes");
      const read = async () => await (await fetch(`http://127.0.0.1:${page}/api/v1/status/config`)).text();
      await eventually("setting", async () => (await read()).includes("alertmanager.invalid:9093"));
      expect(await Promise.all(all.map(started))).toEqual(before);
    });

    test("tells people of an alert, with a token that only its file has", async () => {
      const alert = await eventually(
        "alert",
        async () => receiver.alerts.find(({ labels }) => labels.alertname === "LoginsFail"),
        40_000,
      );
      expect(alert).toMatchObject({ status: "firing", labels: { environment: NAME, severity: "warning" } });
      expect(alert.annotations.runbook).toContain(`npx private-registry logs ${NAME} registry`);
      expect(receiver.authorization).toBe(`Bearer ${TOKEN}`);
      expect(await docker("inspect", `${NAME}-alertmanager`)).not.toContain(TOKEN);
    });

    // RustFS sends every 30 s: the test above is part of that.
    test("gets the registry's figures, RustFS's, and what status finds", async () => {
      await eventually("registry", async () => (await ask('up{job="registry"}')) === "1", 40_000);
      await eventually("RustFS", async () => (await ask("rustfs_start_total")) === "1", 40_000);
      const healthy = `private_registry_container_healthy{environment="${NAME}", container="${NAME}-rustfs"}`;
      await eventually("figures", async () => (await ask(healthy)) === "1");
      // The alert of the test above goes on.
      const status = await machine.expectCode(2, "status", NAME);
      expect(status).toContain(`${NAME}-prometheus`);
      expect(status).toContain("LoginsFail");
      expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
    });

    test("is taken away, and leaves the registry as it was", async () => {
      write({});
      const said = await machine.expectCode(0, "up", NAME, "--yes");
      expect(said).not.toContain("data lost");
      const left = [await docker("ps", "-a", "--format", "{{.Names}}"), await docker("volume", "ls", "-q")].join();
      expect(left).not.toMatch(new RegExp(`${NAME}-(prometheus|alertmanager)`));
      expect(await docker("exec", `${NAME}-registry`, "cat", "/etc/distribution/config.yml")).toContain(
        "127.0.0.1:5001",
      );
    });
  });
});
