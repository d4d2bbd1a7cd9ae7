import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Environment } from "../../config";
import { Failure } from "../../operations/failure";
import { probeTls } from "../../operations/tls/probe";
import { builderCommand, clientAddress, privateAuthority, trustFiles } from "../../operations/tls/trust";
import type { TrustOptions } from "../commands/trust";
import type { Context } from "../context";
import { readEnvironment } from "../environments";

/** Long enough for a registry that answers, short enough for one that is not there. */
const PROBE_MS = 5000;

export async function trust({ io }: Context, name: string, options: TrustOptions): Promise<void> {
  const environment = readEnvironment(name);
  const address = clientAddress(environment);
  const ca = privateAuthority(environment, readSources(environment, options.ca));
  await refuseOther(address, ca);
  const folder = options.output ?? join("trust", name);
  for (const { path, content, mode } of trustFiles(address, ca)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
  }
  io.out(folder);
  io.err(
    [
      `On each client: copy ${folder} there and run install.sh, as root for Docker Engine, Podman and containerd, as yourself for rootless Docker and Docker Desktop on macOS.`,
      `For BuildKit in a container: ${builderCommand(folder, name)}`,
      "Windows and CI jobs: docs/guides/https.md#clients-and-a-private-ca",
    ].join("\n"),
  );
}

function readSources({ registry }: Environment, given: string | undefined) {
  const { tls } = registry;
  return {
    given: given === undefined ? undefined : read(given),
    certificate: tls.mode === "certificate" && given === undefined ? read(tls.certificateFile) : undefined,
    acmeCa: tls.mode === "lets-encrypt" && tls.caFile && given === undefined ? read(tls.caFile) : undefined,
  };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** When the registry answers, its certificate must be by this CA: a wrong file is found here, not on every client. */
async function refuseOther(address: string, ca: string): Promise<void> {
  const { hostname, port } = new URL(`https://${address}`);
  const { handshake, failure } = await probeTls({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 443),
    ca: [ca],
    timeoutMs: PROBE_MS,
  });
  if (!handshake || failure?.kind !== "untrusted") return;
  throw new Failure(
    `The registry's certificate is by ${handshake.issuer}, and this CA did not make it; nothing was written`,
    "name the right CA: --ca FILE",
  );
}
