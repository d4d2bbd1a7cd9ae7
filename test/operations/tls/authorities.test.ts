import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import { expect, test, vi } from "vitest";
import { trustedAuthorities } from "../../../operations/tls/authorities";
import { temporaryDirectory } from "../../support/process";
import { writeFile } from "../../support/registry-process";
import { issue } from "../../support/x509";

const path = temporaryDirectory();
const root = issue("Example Root", { ca: true });
const leaf = issue("server", { names: ["localhost"], issuer: root });

/** Whether a client with these CAs trusts a server whose certificate the example root issued. */
async function trusts(ca: string[]): Promise<boolean> {
  const server = createServer({ cert: leaf.certificate, key: leaf.key });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
  } finally {
    server.close();
  }
}

test.each([
  ["nothing names", undefined, [], false],
  ["is given", undefined, [root.certificate], true],
  ["NODE_EXTRA_CA_CERTS names", writeFile(path("ca.pem"), root.certificate), [], true],
  ["is in no file", path("absent.pem"), [], false],
])("a CA that %s", async (_, extra, own, expected) => {
  vi.stubEnv("NODE_EXTRA_CA_CERTS", extra);
  try {
    expect(await trusts(trustedAuthorities(own))).toBe(expected);
  } finally {
    vi.unstubAllEnvs();
  }
});
