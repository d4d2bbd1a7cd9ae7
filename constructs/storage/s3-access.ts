import type { IConstruct } from "constructs";
import type { ContainerFile } from "../platform/platform";
import { pathFromStack } from "../values/local-path";

/** A pair of S3 keys; tokens of sensitive variables. */
export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface S3AccessProps {
  /** Keys for `storage.s3`, put into a file. @default - none: another driver, or the machine's role */
  readonly s3Keys?: S3Keys;
  /** PEM file with the CA of the S3 endpoint, on the machine that runs Terraform. @default - public CAs */
  readonly s3CaFile?: string;
}

const CREDENTIALS_FILE = "/run/secrets/s3-credentials";
const CA_FILE = "/etc/distribution/certs/s3-ca.pem";

/** What a container of Distribution needs to reach its S3 service, keys as a file and never as variables. */
export function s3Access(
  scope: IConstruct,
  { s3Keys, s3CaFile }: S3AccessProps,
): { readonly files: ContainerFile[]; readonly environment: Record<string, string> } {
  return {
    files: [
      ...(s3Keys ? [{ path: CREDENTIALS_FILE, content: credentialsFile(s3Keys), mode: "0400" }] : []),
      ...(s3CaFile ? [{ path: CA_FILE, source: pathFromStack(scope, s3CaFile) }] : []),
    ],
    environment: {
      ...(s3Keys && { AWS_SHARED_CREDENTIALS_FILE: CREDENTIALS_FILE }),
      ...(s3CaFile && { AWS_CA_BUNDLE: CA_FILE }),
    },
  };
}

/** The keys in the form that AWS's libraries read. */
function credentialsFile({ accessKey, secretKey }: S3Keys): string {
  return `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secretKey}\n`;
}
