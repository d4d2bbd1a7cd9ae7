import type { DirectoryAnswer } from "./acme-directory";
import { followIssuance, type IssuanceTimes } from "./issuance";
import { probeTls, type TlsTarget } from "./probe";
import { judgeTls, type TlsSituation, type TlsVerdict } from "./verdict";

/** What is known of a registry, and how to learn more once a handshake has been tried. */
export interface TlsSubject extends Omit<TlsSituation, "log" | "directory"> {
  /** The end of the registry's standard error. @default - not at hand */
  readonly readLog?: () => Promise<string>;
  /** Asks a URL of an ACME server from the registry's network. @default - not at hand */
  readonly askDirectory?: (url: string) => Promise<DirectoryAnswer>;
  /** Hears what is waited for, while a certificate is issued. @default - nobody */
  readonly onProgress?: (text: string) => void;
  /** @default - as long as Distribution takes */
  readonly times?: IssuanceTimes;
  /** Names of the files in the directory that keeps the certificates. @default - not at hand */
  readonly listCertificates?: () => Promise<readonly string[]>;
}

/**
 * Makes a handshake for every name, which with Let's Encrypt also gets the certificates, and says what came of it. The log is
 * read after the handshake: it is what writes the cause there. @returns the worst verdict
 */
export async function checkTls(target: TlsTarget, subject: TlsSubject): Promise<TlsVerdict> {
  const hosts = [...new Set([target.host, ...(subject.tls.acme?.hosts ?? [])])];
  let worst: TlsVerdict | undefined;
  for (const host of hosts) {
    // Another name leads where the first one does.
    const verdict = await checkHost({ ...target, host, address: target.address ?? target.host }, subject);
    const named = host === target.host ? verdict : { ...verdict, message: `${host}: ${verdict.message}` };
    if (!worst || rank(named) > rank(worst)) worst = named;
  }
  const verdict = worst as TlsVerdict;
  return verdict.status === "failed" ? verdict : ((await notKept(hosts, subject)) ?? verdict);
}

const rank = ({ status }: TlsVerdict) => ["passed", "warning", "failed"].indexOf(status);

async function checkHost(target: TlsTarget, subject: TlsSubject): Promise<TlsVerdict> {
  const { tls, askDirectory, readLog, onProgress, times } = subject;
  if (!tls.acme) return judgeTls(await probeTls(target), subject);
  const { directoryUrl } = tls.acme;
  const { probe, log, directory } = await followIssuance(target, {
    directoryUrl,
    askDirectory: askDirectory && (() => askDirectory(directoryUrl)),
    readLog,
    onProgress,
    times,
  });
  return judgeTls(probe, { ...subject, log, directory });
}

/** A certificate that could not be written is served all the same, and nothing is logged: the next restart loses it. */
async function notKept(hosts: readonly string[], { listCertificates }: TlsSubject): Promise<TlsVerdict | undefined> {
  const files = await listCertificates?.().catch(() => undefined);
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
