import { readFileSync } from "node:fs";
import { type CertificateFiles, checkCertificate } from "./certificate";
import type { Problem } from "./errors";
import type { CertificateTls } from "./tls";

/** Reads the files that a TLS choice names; paths are relative to where the app runs. */
export function readCertificateFiles(tls: CertificateTls): {
  readonly files: CertificateFiles;
  /** Those that cannot be read, each with the reason. */
  readonly missing: readonly { readonly option: string; readonly path: string; readonly code: string }[];
} {
  const missing: { option: string; path: string; code: string }[] = [];
  const read = (option: string, path: string) => {
    try {
      return readFileSync(path);
    } catch (error) {
      missing.push({ option, path, code: (error as NodeJS.ErrnoException).code ?? "?" });
      return undefined;
    }
  };
  const certificate = read("tls.certificateFile", tls.certificateFile);
  const key = read("tls.keyFile", tls.keyFile);
  const clientCas = (tls.clientCaFiles ?? []).map((path, n) => read(`tls.clientCaFiles[${n}]`, path));
  return { files: { certificate, key, clientCas: clientCas.filter((file) => file !== undefined) }, missing };
}

/**
 * What is wrong with the files, as far as they are at hand: who reviews a change need not have the private key. Nothing is
 * said about time, so that the same files always give the same answer (docs/decisions/0009).
 */
export function certificateFileProblems(tls: CertificateTls, host: string): Problem[] {
  return [...checkCertificate(readCertificateFiles(tls).files, host).problems];
}
