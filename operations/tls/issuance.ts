import { setTimeout as sleep } from "node:timers/promises";
import { type DirectoryAnswer, type DirectoryFailure, judgeDirectory } from "./acme-directory";
import { findAcmeFailure } from "./acme-log";
import { probeTls, type TlsProbe, type TlsTarget } from "./probe";

/** How long things take, in milliseconds; tests give their own. */
export interface IssuanceTimes {
  /** Distribution's own limit for one attempt, 5 minutes (x/crypto's autocert), and a little. */
  readonly attempt: number;
  /** Until the directory is asked for the first time: a certificate takes one or two seconds. */
  readonly firstLook: number;
  readonly betweenLooks: number;
  /** How long the registry takes to write why a handshake failed. */
  readonly log: number;
  /** After a failed attempt the registry makes none for a minute. */
  readonly pause: number;
  /** An attempt that fails sooner than this was not tried again inside: a single request of it went wrong. */
  readonly quick: number;
}

const ISSUANCE_TIMES: IssuanceTimes = {
  attempt: 315_000,
  firstLook: 5_000,
  betweenLooks: 20_000,
  log: 2_000,
  pause: 62_000,
  quick: 60_000,
};

/** Attempts in all, when single requests fail. */
const ATTEMPTS = 3;

export interface IssuanceSubject {
  /** The directory's URL, written out. */
  readonly directoryUrl: string;
  /** Asks that URL from the registry's network. @default - not at hand */
  readonly askDirectory?: () => Promise<DirectoryAnswer>;
  /** The end of the registry's standard error. @default - not at hand */
  readonly readLog?: () => Promise<string>;
  /** Hears what is waited for. @default - nobody */
  readonly onProgress?: (text: string) => void;
  readonly times?: IssuanceTimes;
}

/** How an attempt of the registry ended. */
export interface Issuance {
  readonly probe: TlsProbe;
  readonly log?: string;
  /** What the directory shows, when it explains why there is no certificate. */
  readonly directory?: DirectoryFailure;
}

/**
 * Makes one handshake, which makes the registry ask for its certificate unless it is asking already, and follows that attempt to
 * its end. Meanwhile the directory is asked with plain requests, which order nothing. Another handshake comes only after a single
 * request of an attempt failed on the server's side (5xx), when the registry's own pause is over.
 */
export async function followIssuance(target: TlsTarget, subject: IssuanceSubject): Promise<Issuance> {
  const times = subject.times ?? ISSUANCE_TIMES;
  for (let attempt = 1; ; attempt++) {
    const began = Date.now();
    const issuance = await followAttempt(target, subject, times);
    const tookLong = Date.now() - began > times.quick;
    if (attempt === ATTEMPTS || tookLong || !isSingleFault(issuance)) return issuance;
    const seconds = Math.round(times.pause / 1000);
    subject.onProgress?.(
      `a request to the ACME server failed (${findAcmeFailure(issuance.log ?? "")?.line}); the registry may try again in ${seconds} s`,
    );
    await sleep(times.pause);
  }
}

function isSingleFault({ probe, log = "", directory }: Issuance): boolean {
  if (probe.handshake || (directory && directory.id !== "server-error")) return false;
  return findAcmeFailure(log)?.id === "server-error";
}

async function followAttempt(target: TlsTarget, subject: IssuanceSubject, times: IssuanceTimes): Promise<Issuance> {
  const began = Date.now();
  const pending = probeTls({ timeoutMs: times.attempt, ...target });
  let directory: DirectoryFailure | undefined;
  for (let pause = times.firstLook; ; pause = times.betweenLooks) {
    const probe = await Promise.race([pending, sleep(pause, undefined, { ref: false })]);
    if (probe) return { probe, ...(await explain(probe, subject, times, directory)) };
    directory = (await look(subject)) ?? directory;
    const [gone, most] = [Date.now() - began, times.attempt].map((ms) => Math.round((ms ?? 0) / 1000));
    const said = directory ? directory.message : "its directory answers";
    subject.onProgress?.(`the registry is asking for its certificate, ${gone} s of at most ${most}: ${said}`);
  }
}

async function explain(
  probe: TlsProbe,
  subject: IssuanceSubject,
  times: IssuanceTimes,
  seen: DirectoryFailure | undefined,
): Promise<Pick<Issuance, "log" | "directory">> {
  if (probe.handshake) return {};
  const log = await logAfter(subject, times);
  return { log, directory: seen ?? (await look(subject)) };
}

async function look({ askDirectory, directoryUrl }: IssuanceSubject): Promise<DirectoryFailure | undefined> {
  const answer = await askDirectory?.().catch(() => undefined);
  return answer && judgeDirectory(answer, directoryUrl, Date.now());
}

async function logAfter({ readLog }: IssuanceSubject, times: IssuanceTimes): Promise<string | undefined> {
  if (!readLog) return undefined;
  const deadline = Date.now() + times.log;
  for (;;) {
    const log = await readLog().catch(() => "");
    if (findAcmeFailure(log) || Date.now() > deadline) return log;
    await sleep(100);
  }
}
