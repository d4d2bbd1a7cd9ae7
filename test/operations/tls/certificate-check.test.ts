import { chmodSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { Failure } from "../../../operations/failure";
import { certificateState, requireCertificate } from "../../../operations/tls/certificate-check";
import { temporaryDirectory } from "../../support/process";
import { describeUnless } from "../../support/tools";
import { issue } from "../../support/x509";

const path = temporaryDirectory();
const HOST = "registry.example.com";
const NOW = new Date("2026-11-24T12:00:00Z");
const at = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

function environment(certificate?: string, key?: string) {
  if (certificate) writeFileSync(path("tls.crt"), certificate);
  if (key) writeFileSync(path("tls.key"), key, { mode: 0o600 });
  const name = (file: string, given?: string) => path(given === undefined ? `missing-${file}` : file);
  const text = `registry:
  host: ${HOST}
  publish: { address: 0.0.0.0, port: 443 }
  tls: { mode: certificate, certificateFile: ${name("tls.crt", certificate)}, keyFile: ${name("tls.key", key)} }
`;
  const { environment: parsed, diagnostics } = parseEnvironment(text, "prod.yaml");
  expect(diagnostics).toEqual([]);
  if (!parsed) throw new Error("no environment");
  return parsed;
}

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const pair = (from: number, to: number, usages = [SERVER_AUTH]) => {
  const { certificate, key } = issue("server", { names: [HOST], notBefore: at(from), notAfter: at(to), usages });
  return [certificate, key] as const;
};

test("one line about a certificate that is right", () => {
  const { line, warnings } = requireCertificate(environment(...pair(-10, 80)), NOW) ?? {};
  expect(line).toBe("for registry.example.com, by server, until 2027-02-12, 80 days left");
  expect(warnings).toEqual([]);
});

test("a warning when it ends soon, in relation to its life", () => {
  expect(requireCertificate(environment(...pair(-70, 20)), NOW)?.warnings).toEqual([
    "prod.yaml:4:46 registry.tls.certificateFile: should be renewed, got 20 days left, do: renew it",
  ]);
  expect(requireCertificate(environment(...pair(-1, 5)), NOW)?.warnings).toEqual([]);
});

test("what clients on macOS refuse is a warning at its place in the file", () => {
  expect(requireCertificate(environment(...pair(-1, 900, ["2.5.29.37.0"])), NOW)?.warnings).toEqual([
    "prod.yaml:4:46 registry.tls.certificateFile: should be for servers (extended key usage serverAuth), got one that names no use, or any, do: ask for extendedKeyUsage = serverAuth: Docker takes it as it is, clients on macOS refuse it",
    "prod.yaml:4:46 registry.tls.certificateFile: should be valid for 825 days at most, got 901 days, do: have it issued for less: Docker on Linux takes it as it is, clients on macOS refuse it",
  ]);
});

test("without a file that it came from, the key is named", () => {
  const copy = { ...environment(...pair(-70, 20)) };
  expect(requireCertificate(copy, NOW)?.warnings).toEqual([
    "registry.tls.certificateFile should be renewed, got 20 days left, do: renew it",
  ]);
});

test("files that are not there stop a plan, each with its name", () => {
  const failure = caught(() => requireCertificate(environment(), NOW));
  expect(failure.message.split("\n")).toEqual([
    "The certificate of prod cannot be used; nothing was changed.",
    `prod.yaml:4:46 registry.tls.certificateFile: must be a file that can be read here, got ${path("missing-tls.crt")} (ENOENT), do: the path is relative to where the command runs; put the file there`,
    `prod.yaml:4:106 registry.tls.keyFile: must be a file that can be read here, got ${path("missing-tls.key")} (ENOENT), do: the path is relative to where the command runs; put the file there`,
  ]);
});

test("a key that belongs to another certificate, and one that ended, are told together", () => {
  const [certificate] = pair(-90, -1);
  const failure = caught(() => requireCertificate(environment(certificate, pair(-1, 1)[1]), NOW));
  expect(failure.message).toContain(
    "registry.tls.certificateFile: must be valid now, got it ended on 2026-11-23, do: renew it",
  );
  expect(failure.message).toContain("registry.tls.keyFile: must belong to the certificate");
});

test("other modes have no files", () => {
  const { environment: local } = parseEnvironment("registry: { host: localhost }\n", "local.yaml");
  expect(local && certificateState(local, NOW)).toBeUndefined();
});

function caught(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describeUnless(process.getuid?.() === 0 ? "root may read every file" : undefined, "a file of somebody else", () => {
  test("says that it cannot be read", () => {
    const broken = environment(...pair(-1, 80));
    chmodSync(path("tls.key"), 0);
    expect(caught(() => requireCertificate(broken, NOW)).message).toContain("(EACCES), do: mind its owner and mode");
  });
});
