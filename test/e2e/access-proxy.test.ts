import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { RegistryImages } from "../../constructs";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { RegistryClient } from "../../operations/registry/client";
import { startCaddy, startNginx } from "../support/example-proxies";
import { freePort, output, showWhenTestFails, temporaryDirectory } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeUnless, describeWithTools } from "../support/tools";
import { issue } from "../support/x509";
import { Deployment, docker } from "./support/deployment";
import { findImage, findNeeds } from "./support/needs";

const NAME = "fronted";

describe("end to end", async () => {
  const needs = await findNeeds();
  const server = needs.missing ? { name: "" } : await findImage(new RegistryImages().tokenServer.toString());

  describeUnless(needs.missing ?? server.missing, "rights per repository, behind a proxy that ends TLS", () => {
    const path = temporaryDirectory();
    const root = issue("Test Root", { ca: true });
    const certificate = issue("server", { names: ["localhost"], issuer: root });
    let stack: Deployment;
    let ports: { proxy: number; token: number };
    const url = () => `https://localhost:${ports.proxy}`;
    const as = (user: string) =>
      new RegistryClient({ url: url(), ca: [root.certificate], login: { user, password: `password-of-${user}` } });

    beforeAll(async () => {
      ports = { proxy: await freePort(), token: await freePort() };
      const port = await freePort();
      stack = new Deployment(needs, NAME, port, {
        images: { ...needs.images, tokenServer: server.name },
        registry: { host: "localhost", publish: { port }, tls: { mode: "behind-proxy", url: url() } },
        storage: { rustfs: { volume: { protect: false } } },
        access: { port: ports.token, rules: [{ repository: "team/**", who: ["alice"], may: ["pull", "push"] }] },
      });
      const users = ["alice", "bob"].reduce((file, name) => file.with(name, `password-of-${name}`, 4), Htpasswd.empty);
      stack.changeSecrets({ registry_htpasswd: users.toString() });
      expect((await stack.apply()).stderr).toBe("");
    });
    afterAll(async () => {
      await docker("rm", "-f", `${NAME}-token`);
      await stack.remove();
    });

    describe.each([
      ["nginx", startNginx],
      ["caddy", startCaddy],
    ] as const)("%s, as the example configures it", (program, start) => {
      describeWithTools("the program, and a client", [program, "crane"], (tools) => {
        test("tokens come from the registry's own name, by TLS, and say what somebody may", async () => {
          const proxy = await start(tools[program], path, {
            ...{ host: "localhost", port: ports.proxy, to: `127.0.0.1:${stack.port}` },
            tokens: `127.0.0.1:${ports.token}`,
            certificate: writeFile(path("server.pem"), certificate.certificate),
            key: writeFile(path("server.key"), certificate.key),
          });
          onTestFinished(async () => void (await proxy.stop()));
          showWhenTestFails(() => proxy);
          const { status, headers } = await as("alice").request("GET", "/v2/", { as: null });
          expect(status).toBe(401);
          expect(headers["www-authenticate"]).toContain(
            `Bearer realm="${url()}/auth",service="localhost:${ports.proxy}"`,
          );
          const upload = async (user: string, repository: string) =>
            (await as(user).request("POST", `/v2/${repository}/blobs/uploads/`)).status;
          expect([await upload("alice", "team/app"), await upload("alice", "other")]).toEqual([202, 401]);
          expect(await upload("bob", "team/app")).toBe(401);

          const environment = {
            SSL_CERT_FILE: writeFile(path("ca.pem"), root.certificate),
            DOCKER_CONFIG: path(program),
          };
          const crane = (...args: string[]) => output(tools.crane, args, { environment });
          const image = `localhost:${ports.proxy}/team/${program}:1`;
          await crane("auth", "login", `localhost:${ports.proxy}`, "-u", "alice", "-p", "password-of-alice");
          await crane("append", "--oci-empty-base", "-f", writeFile(path("layer.tar"), ""), "-t", image);
          expect(await crane("ls", `localhost:${ports.proxy}/team/${program}`)).toBe("1");
        });
      });
    });
  });
});
