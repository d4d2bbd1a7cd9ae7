import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeTls } from "../../operations/tls/probe";
import { freePort } from "../support/process";
import { rawRequest, writeFile } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { issue } from "../support/x509";
import { Deployment, docker } from "./support/deployment";
import { findNeeds } from "./support/needs";

const NAME = "tls-files";
const HOST = "registry.tls.test";

describe("end to end", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "a certificate of its own, and of clients, on Docker Engine", () => {
    const root = issue("Test Root", { ca: true });
    const clients = issue("Test CA of clients", { ca: true });
    const client = issue("a client", { issuer: clients, usages: ["1.3.6.1.5.5.7.3.2"] });
    let stack: Deployment;

    const renew = () => {
      const { certificate, key } = issue("server", { names: [HOST], issuer: root });
      writeFile(join(stack.directory, "certs/tls.crt"), certificate + root.certificate);
      writeFile(join(stack.directory, "certs/tls.key"), key);
    };
    const probe = () => probeTls({ host: HOST, address: "127.0.0.1", port: stack.port, ca: [root.certificate] });
    const ids = async (...nouns: string[]) =>
      (await docker("inspect", "--format", "{{.Id}}", ...nouns.map((noun) => `${NAME}-${noun}`))).stdout
        .trim()
        .split("\n");

    beforeAll(async () => {
      const port = await freePort();
      stack = new Deployment(needs, NAME, port, {
        registry: {
          host: HOST,
          publish: { address: "127.0.0.1", port },
          tls: {
            mode: "certificate",
            certificateFile: "certs/tls.crt",
            keyFile: "certs/tls.key",
            clientCaFiles: ["certs/clients.pem"],
          },
        },
        storage: { rustfs: { volume: { protect: false } } },
      });
      writeFile(join(stack.directory, "certs/clients.pem"), clients.certificate);
    });
    afterAll(() => stack.remove());

    test("is refused at its key while the certificate is not there", async () => {
      await expect(stack.synthesize()).rejects.toThrow(
        /tls-files\.yaml:\d+:\d+ registry\.tls\.certificateFile: must be a file that can be read here/,
      );
    });

    test("serves them to clients that have a certificate", async () => {
      renew();
      expect((await stack.apply()).stderr).toBe("");
      const { handshake, failure } = await probe();
      expect(failure).toBeUndefined();
      expect(handshake?.names).toEqual([HOST]);
      const { name, password } = stack.user;
      const ask = (pair: object) =>
        rawRequest(`https://127.0.0.1:${stack.port}/v2/`, {
          servername: HOST,
          ca: root.certificate,
          auth: `${name}:${password}`,
          ...pair,
        }).then(
          ({ status }) => status,
          () => "refused",
        );
      expect(await ask({ cert: client.certificate, key: client.key })).toBe(200);
      expect(await ask({})).toBe("refused");
    });

    test("keeps the key out of plan, state and docker inspect", async () => {
      const key =
        (await docker("exec", `${NAME}-registry`, "cat", "/etc/distribution/certs/tls.key")).stdout.split("\n")[1] ??
        "";
      expect(key.length).toBeGreaterThan(40);
      const state = await stack.terraform("show", "-json");
      const inspected = await docker("inspect", `${NAME}-registry`);
      expect([stack.synthesized, state.stdout, inspected.stdout].join()).not.toContain(key);
    });

    test("shows a renewed file as one readable line, and replaces the registry only", async () => {
      const others = ["rustfs", "bucket-init", "htpasswd"];
      const before = [await ids("registry"), await ids(...others)];
      const old = (await probe()).handshake?.chain[0]?.fingerprint256;
      renew();
      const plan = await stack.plan();
      expect(plan.changes.map(({ address }) => address).sort()).toEqual([
        "docker_container.distribution",
        "null_resource.distribution_config",
      ]);
      const shown = plan.text.split("\n").filter((line) => /^\s+~ "/.test(line));
      expect(shown).toEqual([
        expect.stringMatching(/~ "http\.tls\.certificate sha256" += "[0-9a-f]{64}" -> "[0-9a-f]{64}"/),
      ]);
      expect((await stack.apply()).stderr).toBe("");
      expect((await probe()).handshake?.chain[0]?.fingerprint256).not.toBe(old);
      expect(await ids("registry")).not.toEqual(before[0]);
      expect(await ids(...others)).toEqual(before[1]);
    });

    test("refuses at synthesis what does not fit together", async () => {
      writeFile(join(stack.directory, "certs/tls.key"), client.key);
      await expect(stack.synthesize()).rejects.toThrow(/registry\.tls\.keyFile: must belong to the certificate/);
    });
  });
});
