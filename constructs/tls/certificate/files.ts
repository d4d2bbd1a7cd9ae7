import { readFileSync } from "node:fs";
import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import type { Problem } from "../../values/errors";
import type { CertificateOptions } from "../certificate-tls";
import { type CertificateFiles, checkCertificate } from "./certificate";

/** A file that could not be read, and why. */
export interface MissingFile {
  readonly option: string;
  readonly path: string;
  readonly code: string;
}

/** Where certificates are in the registry's container. */
export const CERTIFICATES = "/etc/distribution/certs";

/** Reads the files that a TLS choice names; paths are relative to where the app runs. */
export function readCertificateFiles(tls: CertificateOptions): {
  readonly files: CertificateFiles;
  /** Those that cannot be read, each with the reason. */
  readonly missing: readonly MissingFile[];
} {
  const missing: MissingFile[] = [];
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
 * Context of a construct whose local files need not be there: `true` for a stack that is only written beside the one that is
 * worked on, on a machine that has the files of the other.
 */
export const FILES_ELSEWHERE = "cdktf-private-registry:files-elsewhere";

/**
 * What is wrong with the files that a TLS choice names. The private key may be missing: who reviews a change need not have
 * it. Nothing is said about time, so that the same files always give the same answer.
 */
export function certificateFileProblems(scope: IConstruct, tls: CertificateOptions, host: string): Problem[] {
  if (Token.isUnresolved(tls)) return [];
  const { files, missing } = readCertificateFiles(tls);
  const unread = missing.filter(({ option, code }) => option !== "tls.keyFile" || code !== "ENOENT");
  return [...(mustExist(scope) ? unread.map(missingFile) : []), ...checkCertificate(files, host).problems];
}

/** A file on the machine that runs Terraform. */
export function checkFile(scope: IConstruct, option: string, path: string | undefined): Problem[] {
  if (path === undefined || Token.isUnresolved(path) || !mustExist(scope)) return [];
  try {
    readFileSync(path);
    return [];
  } catch (error) {
    return [missingFile({ option, path, code: (error as NodeJS.ErrnoException).code ?? "?" })];
  }
}

/** What is wrong with a file that could not be read. */
export function missingFile({ option, path, code }: MissingFile): Problem {
  return {
    option,
    rule: "must be a file that can be read here",
    got: `${path} (${code})`,
    fix:
      code === "ENOENT"
        ? "the path is relative to where the command runs; put the file there"
        : "mind its owner and mode: 0600 and yours is right for a key",
  };
}

const mustExist = (scope: IConstruct) => scope.node.tryGetContext(FILES_ELSEWHERE) !== true;
