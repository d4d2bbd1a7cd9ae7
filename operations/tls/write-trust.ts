import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Environment } from "../../config";
import { clientAddress, registryTls } from "../../stacks";
import { Failure } from "../failure";
import { probeTls } from "./probe";
import { type AuthoritySources, privateAuthority, trustFiles } from "./trust";

/** Long enough for a registry that answers, short enough for one that is not there. */
const PROBE_MS = 5000;

/**
 * Writes what clients need to trust the environment's private CA.
 * @param ca PEM file of the CA; none: the environment's own files hold it
 * @throws Failure when there is nothing to trust, or the registry's certificate is by another CA; nothing is written then
 */
export async function writeTrust(environment: Environment, folder: string, ca?: string): Promise<void> {
  const address = clientAddress(environment);
  const authority = privateAuthority(environment, readSources(environment, ca));
  await refuseOther(address, authority);
  for (const { path, content, mode } of trustFiles(address, authority)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
  }
}

function readSources(environment: Environment, given: string | undefined): AuthoritySources {
  if (given !== undefined) return { given: read(given) };
  const { authority } = registryTls(environment);
  return { own: typeof authority === "object" ? read(authority.file) : undefined };
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
