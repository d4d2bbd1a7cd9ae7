import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { freePort, temporaryDirectory } from "../support/process";
import { writeFile } from "../support/registry-process";
import { issue } from "../support/x509";
import { runProgram } from "./fake-context";

const path = temporaryDirectory();
const home = process.cwd();
const root = issue("Example Root", { ca: true });
const server = issue("server", { names: ["localhost"], issuer: root });

beforeEach(() => {
  writeFile(path("certs/tls.crt"), server.certificate + root.certificate);
  writeFile(path("certs/tls.key"), server.key);
  process.chdir(path());
});
afterEach(() => process.chdir(home));

function environment(port: number): void {
  const tls = "{ mode: certificate, certificateFile: certs/tls.crt, keyFile: certs/tls.key }";
  const publish = `{ address: 127.0.0.1, port: ${port} }`;
  writeFile("environments/prod.yaml", `registry:\n  host: localhost\n  publish: ${publish}\n  tls: ${tls}\n`);
}

test("writes the CA of the chain for every client, and says what to do with it", async () => {
  const port = await freePort();
  environment(port);
  const { out, err, error } = await runProgram("trust", "prod");
  expect(error).toBeUndefined();
  expect(out).toBe("trust/prod");
  expect(err).toContain("run install.sh, as root for Docker Engine");
  expect(err).toContain("(cd trust/prod && docker buildx create --use --name prod-builder ");
  expect(readFileSync(`trust/prod/etc/docker/certs.d/localhost:${port}/ca.crt`, "utf8")).toBe(root.certificate);
  expect(statSync("trust/prod/install.sh").mode & 0o111).not.toBe(0);
});

test("asks the registry first: a CA that did not make its certificate is not handed out", async () => {
  const listening = createServer({ cert: server.certificate, key: server.key }).on("tlsClientError", () => {});
  onTestFinished(() => void listening.close());
  await once(listening.listen(0, "127.0.0.1"), "listening");
  environment((listening.address() as AddressInfo).port);
  writeFile("other.pem", issue("Other Root", { ca: true }).certificate);
  const { error } = await runProgram("trust", "prod", "--ca", "other.pem", "--output", "other");
  expect(String(error)).toContain("The registry's certificate is by Example Root, and this CA did not make it");
  expect(existsSync("other")).toBe(false);
  expect((await runProgram("trust", "prod", "--output", "right")).error).toBeUndefined();
});

test("a file that is not there", async () => {
  environment(await freePort());
  expect(String((await runProgram("trust", "prod", "--ca", "none.pem")).error)).toContain(
    "none.pem cannot be read (ENOENT)",
  );
});
