import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RegistryTls } from "../../constructs";
import { askDirectory } from "../../operations/tls/acme-question";
import { checkTls } from "../../operations/tls/check";
import { probeTls } from "../../operations/tls/probe";
import { trustFiles } from "../../operations/tls/trust";
import { eventually, freePort, showWhenTestFails } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeUnless, onPath } from "../support/tools";
import { Deployment, docker } from "./support/deployment";
import { findNeeds } from "./support/needs";
import { AcmeContainer } from "./support/tls-acme";
import { ClientEngine, engineMissing } from "./support/tls-engine";

const NAME = "tls-acme";
const HOST = "registry.tls.test";

describe("end to end", async () => {
  const needs = await findNeeds();
  const missing = [needs.missing, onPath("pebble") ? undefined : "no pebble on PATH"].filter(Boolean).join("; ");

  describeUnless(missing || undefined, "Let's Encrypt on Docker Engine, with pebble on its network", () => {
    let stack: Deployment;
    let acme: AcmeContainer;
    let client: ClientEngine | undefined;
    // Docker trusts any certificate at loopback, so its client goes where the registry listens on its own network.
    const address = `${HOST}:5000`;
    let place: string;
    let ca: string;
    let fingerprint: string | undefined;

    const probe = () => probeTls({ host: HOST, address: "127.0.0.1", port: stack.port, ca: [ca] });
    /** As `verify` looks at it, with the name's address given. */
    const check = () => {
      const { directoryUrl } = acme;
      const tls = RegistryTls.letsEncrypt({ email: "ops@example.com", hosts: [HOST], directoryUrl });
      return checkTls(
        { host: HOST, address: "127.0.0.1", port: stack.port, ca: [ca] },
        {
          tls,
          environment: NAME,
          askDirectory: (url) => askDirectory(new Docker(), `${NAME}-registry`, needs.images.rustfs, url),
          readLog: async () => (await docker("logs", `${NAME}-registry`)).stderr,
          listCertificates: async () =>
            (await docker("exec", `${NAME}-registry`, "ls", tls.acme?.directory ?? "")).stdout.split("\n"),
        },
      );
    };
    const inspect = async (format: string) =>
      (await docker("inspect", "--format", format, `${NAME}-registry`)).stdout.trim();

    beforeAll(async () => {
      acme = new AcmeContainer(NAME);
      const port = await freePort();

      stack = new Deployment(needs, NAME, port, {
        registry: {
          host: HOST,
          publish: { address: "127.0.0.1", port },
          tls: {
            mode: "lets-encrypt",
            email: "ops@example.com",
            hosts: [HOST],
            directoryUrl: acme.directoryUrl,
            caFile: acme.caFile,
          },
        },
        storage: { rustfs: { volume: { protect: false } } },
      });
    });
    afterAll(async () => {
      await client?.remove();
      await acme.remove();
      await stack.remove();
    });

    test("is healthy after the apply, and has no certificate: the ACME server is not even there", async () => {
      expect((await stack.apply()).stderr).toBe("");
      expect(await inspect("{{.State.Health.Status}}")).toBe("healthy");
      ca = "";
      const said = await check();
      expect(said.status).toBe("failed");
      expect(said.message).toMatch(
        /^The ACME server at https:\/\/acme\.tls\.test:14000\/dir is not reached from the registry's network: (Could not resolve host|Resolving timed out)/,
      );
    });

    test("is issued one by the handshake that follows a deployment", async () => {
      place = await inspect(`{{(index .NetworkSettings.Networks "${NAME}-edge").IPAddress}}`);
      await acme.start(`${NAME}-edge`, [HOST], place);
      // The failed attempt would be repeated after a minute only.
      await docker("restart", `${NAME}-registry`);
      await eventually("it is healthy", async () => (await inspect("{{.State.Health.Status}}")) === "healthy", 60_000);
      ca = await acme.rootCertificate();
      const { handshake, failure } = await probe();
      showWhenTestFails(() => ({ tail: () => JSON.stringify(failure) }));
      expect(failure).toBeUndefined();
      console.log(`issuance: ${((handshake?.milliseconds ?? 0) / 1000).toFixed(1)} s`);
      expect(handshake?.names).toEqual([HOST]);
      fingerprint = handshake?.chain[0]?.fingerprint256;
      expect(await acme.orders()).toBe(1);
      expect(await check()).toMatchObject({ status: "passed" });
    });

    describeUnless(engineMissing(), "a Docker Engine that trusts the CA by what `trust` writes", () => {
      test("logs in, pushes and pulls by host name", async () => {
        const folder = join(stack.directory, "trust");
        for (const { path, content } of trustFiles(address, ca)) writeFile(join(folder, path), content);
        client = new ClientEngine();
        showWhenTestFails(() => client);
        await client.start(`${NAME}-pebble`, { [HOST]: place }, folder);
        const { name, password } = stack.user;
        expect(await client.login(address, name, "wrong")).toMatchObject({ code: 1 });
        expect(await client.login(address, name, password)).toMatchObject({ code: 0 });
        const image = `${address}/team/image:1`;
        await client.makeImage(image);
        expect(await client.docker("push", image)).toMatchObject({ code: 0 });
        await client.docker("image", "rm", image);
        expect(await client.docker("pull", image)).toMatchObject({ code: 0 });
      });

      test("does nothing of it without those files", async () => {
        const stranger = new ClientEngine();
        try {
          await stranger.start(`${NAME}-pebble`, { [HOST]: place });
          const refused = await stranger.login(address, stack.user.name, stack.user.password);
          expect(refused.code).not.toBe(0);
          expect(refused.stderr).toContain("x509: certificate signed by unknown authority");
        } finally {
          await stranger.remove();
        }
      });
    });

    test("keeps its certificate when the container is replaced: no new order", async () => {
      const before = await inspect("{{.Id}}");
      expect((await stack.apply("-replace=docker_container.distribution")).stderr).toBe("");
      expect(await inspect("{{.Id}}")).not.toBe(before);
      const { handshake, failure } = await probe();
      expect(failure).toBeUndefined();
      expect(handshake?.chain[0]?.fingerprint256).toBe(fingerprint);
      expect(await acme.orders()).toBe(1);
    });

    test("has nothing to change in the next plan", async () => {
      expect((await stack.plan()).changes).toEqual([]);
    });

    test("protects the volume of the certificates", async () => {
      const refused = await stack.destroy();
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("docker_volume.distribution_acme");
      expect(refused.stderr).toMatch(/instance cannot be destroyed/i);
      expect((await probe()).failure).toBeUndefined();
    });
  });
});
