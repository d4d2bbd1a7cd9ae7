import { expect, onTestFinished, test } from "vitest";
import { type LetsEncryptOptions, RegistryTls } from "../../constructs";
import { probeTls } from "../../operations/tls/probe";
import { judgeTls } from "../../operations/tls/verdict";
import { AcmeServer } from "../support/acme-server";
import { eventually, freePort, showWhenTestFails, temporaryDirectory } from "../support/process";
import type { RegistryProcess } from "../support/registry-process";
import { startTlsRegistry } from "../support/tls-registry";
import { describeWithTools } from "../support/tools";

const HOST = "registry.example.test";

async function startRegistry(
  binary: string,
  directory: string,
  port: number,
  acme: { directoryUrl: string; caFile: string },
) {
  const choice: LetsEncryptOptions = { email: "ops@example.com", hosts: [HOST], ...acme };
  const registry = await startTlsRegistry(binary, RegistryTls.letsEncrypt(choice), {
    directory,
    acmeDirectory: `${directory}-acme`,
    port,
    host: HOST,
  });
  onTestFinished(async () => void (await registry.stop()));
  showWhenTestFails(() => registry);
  return registry;
}

const probe = ({ port }: RegistryProcess, ca: string[] = []) =>
  probeTls({ host: HOST, port, address: "127.0.0.1", ca });

describeWithTools(
  "the registry with an ACME server whose finalize answers have no Location (pebble 2.10)",
  ["registry", "openssl", "newer-pebble", "pebble-challtestsrv"],
  (tools) => {
    const path = temporaryDirectory();

    test("gets no certificate, and the reason is told", async () => {
      const port = await freePort();
      const pebble = { ...tools, pebble: tools["newer-pebble"] };
      const acme = await AcmeServer.start(pebble, path("pebble"), { tlsPort: port });
      onTestFinished(() => acme.stop());
      showWhenTestFails(() => acme);
      const registry = await startRegistry(tools.registry, path("registry"), port, {
        directoryUrl: acme.directoryUrl,
        caFile: acme.caFile,
      });
      const failed = await probe(registry);
      await eventually("the registry's line", async () => registry.log.includes("unsupported protocol scheme"));
      const said = judgeTls(failed, {
        tls: RegistryTls.letsEncrypt({ email: "a@example.com", hosts: [HOST] }),
        environment: "prod",
        log: registry.log,
      });
      expect(said.logLine).toBe('Post "": unsupported protocol scheme ""');
      expect(said.message).toContain("its answer to `finalize` has no `Location` header, which Distribution needs");
      expect(said.remedy).toContain("it will fail again every minute");
      // The certificate was issued all the same: each attempt uses up one.
      expect(acme.issued).toBe(1);
    });
  },
);
