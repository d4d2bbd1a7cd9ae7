import { expect, test } from "vitest";
import { tlsSchema } from "../../config/schema/tls";
import { RegistryTls } from "../../constructs";
import { tlsModes } from "../../constructs/rules/tls";
import { registryTls } from "../../stacks";

const MODES = tlsSchema.options.map(({ shape }) => shape.mode.value);

test("a mode of files is named as its factory, and has rules", () => {
  expect(Object.keys(RegistryTls).map((one) => one.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))).toEqual(
    MODES,
  );
  expect(Object.keys(tlsModes)).toEqual(MODES);
  for (const mode of MODES) expect(registryTls({ registry: { tls: { mode } as never } }).mode).toBe(mode);
});

test.each<[string | undefined, string, string, unknown]>([
  [undefined, "public", "/acme", "public"],
  ["staging", "test", "/acme/staging", undefined],
  ["https://acme-staging-v02.api.letsencrypt.org/directory", "test", "/acme/staging", undefined],
  ["https://ca.example.com/dir", "private", "/acme/ca.example.com-dir", undefined],
])("Let's Encrypt with directory %s", (directoryUrl, service, directory, authority) => {
  const tls = RegistryTls.letsEncrypt({ email: "a@example.com", hosts: ["registry.example.com"], directoryUrl });
  expect(tls.acme).toMatchObject({ service, directory, hosts: ["registry.example.com"] });
  expect([tls.authority, tls.files, tls.renewedBy, tls.network]).toEqual([authority, undefined, undefined, undefined]);
});

test("the CA that clients must trust: of the chain, or of the ACME server", () => {
  const own = RegistryTls.certificate({ certificateFile: "tls.crt", keyFile: "tls.key" });
  expect(own.authority).toEqual({ file: "tls.crt", isChain: true });
  const acme = { email: "a@example.com", hosts: ["a.example.com"], directoryUrl: "https://ca/dir", caFile: "ca.pem" };
  expect(RegistryTls.letsEncrypt(acme).authority).toEqual({ file: "ca.pem", isChain: false });
});
