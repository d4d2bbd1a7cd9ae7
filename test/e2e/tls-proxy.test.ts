import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeTls } from "../../operations/tls/probe";
import { trustFiles } from "../../operations/tls/trust";
import { output, showWhenTestFails } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeUnless, describeWithTools } from "../support/tools";
import { issue } from "../support/x509";
import { Deployment, docker } from "./support/deployment";
import { findNeeds, toolEnvironment } from "./support/needs";
import { ClientEngine, engineMissing } from "./support/tls-engine";

const NAME = "tls-proxy";
const HOST = "registry.tls.test";
const NETWORK = `${NAME}-front`;
const PROXY = `${NAME}-caddy`;

describe("end to end", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "behind a proxy on a Docker network", () => {
    describeWithTools("Caddy, as the example configures it", ["caddy", "tar"], (tools) => {
      const directory = mkdtempSync(join(tmpdir(), "e2e-proxy-"));
      const root = issue("Test Root", { ca: true });
      const server = issue("server", { names: [HOST], issuer: root });
      let stack: Deployment;
      let client: ClientEngine | undefined;

      const inspect = async (name: string, format: string) =>
        output("docker", ["inspect", "--format", format, name], { environment: toolEnvironment() });

      beforeAll(async () => {
        await output("docker", ["network", "create", NETWORK], { environment: toolEnvironment() });
        await startCaddy();
        stack = new Deployment(needs, NAME, 5000, {
          registry: { host: HOST, tls: { mode: "behind-proxy", url: `https://${HOST}`, network: NETWORK } },
          storage: { rustfs: { volume: { protect: false } } },
        });
      });
      afterAll(async () => {
        await client?.remove();
        await docker("rm", "-f", PROXY);
        await docker("image", "rm", `${PROXY}:test`);
        await stack.remove();
        await docker("network", "rm", NETWORK);
        rmSync(directory, { recursive: true, force: true });
      });

      /** A container with the example's Caddyfile, apart from where its certificate comes from. */
      async function startCaddy(): Promise<void> {
        cpSync(tools.caddy, join(directory, "root/caddy"));
        writeFile(join(directory, "root/server.pem"), server.certificate);
        writeFile(join(directory, "root/server.key"), server.key);
        const example = readFileSync("examples/proxies/Caddyfile", "utf8");
        const caddyfile = example
          .replace("127.0.0.1:5000", `${NAME}-registry:5000`)
          .replace("{\n", "{\n\ttls /server.pem /server.key\n");
        expect(caddyfile).toContain("registry.example.com");
        writeFile(join(directory, "root/Caddyfile"), caddyfile.replace("registry.example.com", HOST));
        await output("tar", ["-cf", join(directory, "image.tar"), "-C", join(directory, "root"), "."]);
        const environment = toolEnvironment();
        await output("docker", ["import", join(directory, "image.tar"), `${PROXY}:test`], { environment });
        const command = [`${PROXY}:test`, "/caddy", "run", "--adapter", "caddyfile", "--config", "/Caddyfile"];
        await output("docker", ["run", "-d", "--name", PROXY, "--network", NETWORK, "-e", "HOME=/", ...command], {
          environment,
        });
      }

      test("is up, and publishes no port", async () => {
        expect((await stack.apply()).stderr).toBe("");
        expect(await inspect(`${NAME}-registry`, "{{.State.Health.Status}}")).toBe("healthy");
        expect((await docker("port", `${NAME}-registry`)).stdout).toBe("");
        expect((await stack.plan()).changes).toEqual([]);
      });

      test("is reached over HTTPS through the proxy", async () => {
        const address = await inspect(PROXY, `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`);
        const { failure, handshake } = await probeTls({ host: HOST, address, port: 443, ca: [root.certificate] });
        expect(failure).toBeUndefined();
        expect(handshake?.names).toEqual([HOST]);
      });

      describeUnless(engineMissing(), "a Docker Engine of its own", () => {
        test("logs in, pushes and pulls through it by host name", async () => {
          const trust = join(directory, "trust");
          for (const { path, content } of trustFiles(HOST, root.certificate)) writeFile(join(trust, path), content);
          client = new ClientEngine();
          showWhenTestFails(() => client);
          const address = await inspect(PROXY, `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`);
          await client.start(PROXY, { [HOST]: address }, trust);
          expect(await client.login(HOST, stack.user.name, stack.user.password)).toMatchObject({ code: 0 });
          const image = `${HOST}/team/image:1`;
          await client.makeImage(image);
          expect(await client.docker("push", image)).toMatchObject({ code: 0 });
          await client.docker("image", "rm", image);
          expect(await client.docker("pull", image)).toMatchObject({ code: 0 });
        });
      });
    });
  });
});
