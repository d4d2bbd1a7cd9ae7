import { setTimeout as sleep } from "node:timers/promises";
import { findAcmeFailure } from "./tls-acme-log";
import { probeTls, type TlsProbe, type TlsTarget } from "./tls-probe";
import { judgeTls, type TlsSituation, type TlsVerdict } from "./tls-verdict";

/** What is known of a registry, and how to learn more once a handshake has been tried. */
export interface TlsSubject extends Omit<TlsSituation, "log"> {
  /** Further names to get certificates for, besides the one that clients use. @default - none */
  readonly otherHosts?: readonly string[];
  /** The end of the registry's standard error. @default - not at hand */
  readonly readLog?: () => Promise<string>;
  /** Names of the files that keep the certificates; see `acmeDirectory`. @default - not at hand */
  readonly listCertificates?: () => Promise<readonly string[]>;
}

/** How long the registry takes to write why a handshake failed. */
const LOG_MS = 2000;

/**
 * Makes a handshake for every name, which with Let's Encrypt also gets the certificates, and says what came of it. The log is
 * read after the handshake: it is what writes the cause there. @returns the worst verdict
 */
export async function checkTls(target: TlsTarget, subject: TlsSubject): Promise<TlsVerdict> {
  const hosts = [target.host, ...(subject.otherHosts ?? []).filter((host) => host !== target.host)];
  let worst: TlsVerdict | undefined;
  for (const host of hosts) {
    // Another name leads where the first one does.
    const probe = await probeTls({ ...target, host, address: target.address ?? target.host });
    const verdict = judgeTls(probe, { ...subject, log: await logAfter(probe, subject) });
    const named = host === target.host ? verdict : { ...verdict, message: `${host}: ${verdict.message}` };
    if (!worst || rank(named) > rank(worst)) worst = named;
  }
  const verdict = worst as TlsVerdict;
  return verdict.status === "failed" ? verdict : ((await notKept(hosts, subject)) ?? verdict);
}

const rank = ({ status }: TlsVerdict) => ["passed", "warning", "failed"].indexOf(status);

async function logAfter(probe: TlsProbe, { mode, readLog }: TlsSubject): Promise<string | undefined> {
  if (!readLog || mode !== "lets-encrypt" || probe.handshake) return undefined;
  const deadline = Date.now() + LOG_MS;
  for (;;) {
    const log = await readLog().catch(() => "");
    if (findAcmeFailure(log) || Date.now() > deadline) return log;
    await sleep(100);
  }
}

/** A certificate that could not be written is served all the same, and nothing is logged: the next restart loses it. */
async function notKept(
  hosts: readonly string[],
  { mode, listCertificates }: TlsSubject,
): Promise<TlsVerdict | undefined> {
  if (mode !== "lets-encrypt" || !listCertificates) return undefined;
  const files = await listCertificates().catch(() => undefined);
  if (!files) return undefined;
  const missing = hosts.filter((host) => !files.includes(host) && !files.includes(`${host}+rsa`));
  if (missing.length === 0) return undefined;
  return {
    status: "warning",
    message: `the certificate works, but is not kept: there is none of ${missing.join(", ")} on the volume`,
    remedy: "is the Docker host's disk full? Every restart asks for a new one until the ACME server refuses",
    causes: [],
  };
}
