import { z } from "zod";
import { bucketName, choice, flag, path, region, text, url, whole } from "./values";

const optionalText = (example: string) => text("must be text", `write e.g. ${example}`).optional();
const objectKey = () =>
  text("must be an object's key without a leading slash", "write e.g. registry/production.tfstate", /^[^\s/][^\s]*$/);
const method = () => choice(["GET", "POST", "PUT", "PATCH", "DELETE", "LOCK", "UNLOCK"]).optional();

const local = z.strictObject({
  backend: z.literal("local"),
  path: path("write e.g. state/production.tfstate")
    .optional()
    .describe(
      "File on this machine, absolute or relative to the project. Default state/<name>.tfstate, which Git ignores. State holds secrets: keep it out of Git and backed up.",
    ),
});

const s3 = z.strictObject({
  backend: z.literal("s3"),
  bucket: bucketName().describe(
    "Bucket that holds the state; must exist. No default. Keep it apart from the registry's own storage.",
  ),
  key: objectKey().describe(
    "Object of this environment's state, e.g. registry/production.tfstate. No default: two environments must never share it.",
  ),
  region: region().describe("Region of the bucket. No default; S3 servers other than AWS mostly take us-east-1."),
  lockFile: flag()
    .default(true)
    .describe(
      "Lock with an object next to the state (Terraform's use_lockfile, from 1.10). Default true: two applies at once would corrupt the state.",
    ),
  endpoint: url("write e.g. https://s3.example.com")
    .optional()
    .describe("URL of an S3 server other than AWS. Default: AWS."),
  forcePathStyle: flag()
    .optional()
    .describe(
      "Address the bucket in the path, not the host name. Default false; most S3 servers other than AWS need true.",
    ),
  encrypt: flag()
    .default(true)
    .describe("Ask the server to encrypt the state at rest. Default true: state holds secrets."),
  kmsKeyId: optionalText("arn:aws:kms:eu-central-1:111122223333:key/…").describe(
    "KMS key that encrypts the state. Default: the bucket's.",
  ),
  profile: optionalText("registry").describe(
    "Profile of the AWS configuration files to take credentials from. Default: AWS's own search.",
  ),
  roleArn: optionalText("arn:aws:iam::111122223333:role/terraform").describe(
    "Role to assume for state access. Default: none.",
  ),
  skipCredentialsValidation: flag()
    .optional()
    .describe(
      "Do not ask AWS STS whether the credentials are good. Default false; S3 servers other than AWS need true.",
    ),
  skipRegionValidation: flag().optional().describe("Accept a region that Terraform does not know. Default false."),
  skipMetadataApiCheck: flag()
    .optional()
    .describe("Do not look for credentials at the EC2 metadata address. Default false; true saves seconds off AWS."),
  skipRequestingAccountId: flag()
    .optional()
    .describe("Do not look the account's number up. Default false; S3 servers other than AWS need true."),
  skipS3Checksum: flag().optional().describe("Send no extra checksums, which some S3 servers refuse. Default false."),
});

const http = z.strictObject({
  backend: z.literal("http"),
  address: url("write e.g. https://state.example.com/registry").describe(
    "URL of the state. No default. User and password: TF_HTTP_USERNAME and TF_HTTP_PASSWORD.",
  ),
  lockAddress: url("write e.g. https://state.example.com/registry/lock")
    .optional()
    .describe("URL to lock at. Default: no locking."),
  unlockAddress: url("write e.g. https://state.example.com/registry/lock")
    .optional()
    .describe("URL to unlock at. Default: no locking."),
  lockMethod: method().describe("HTTP method that locks. Default LOCK."),
  unlockMethod: method().describe("HTTP method that unlocks. Default UNLOCK."),
  updateMethod: method().describe("HTTP method that writes the state. Default POST."),
  skipCertVerification: flag()
    .default(false)
    .describe("Do not check the server's certificate. Default false: state holds secrets."),
  retryMax: whole(0, 100, "write how often, e.g. 2")
    .optional()
    .describe("How often a failed request is tried again. Default 2."),
  retryWaitMin: whole(0, 3600, "write seconds as a bare number", "seconds")
    .optional()
    .describe("Shortest wait between tries, in seconds. Default 1."),
  retryWaitMax: whole(0, 3600, "write seconds as a bare number", "seconds")
    .optional()
    .describe("Longest wait between tries, in seconds. Default 30."),
});

const pg = z.strictObject({
  backend: z.literal("pg"),
  schemaName: text("must be a PostgreSQL schema's name", "write e.g. registry_production", /^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional()
    .describe(
      "Schema that holds the state. Default terraform_remote_state; set it when several environments use one database. Connection string: PG_CONN_STR.",
    ),
  skipSchemaCreation: flag().optional().describe("The schema exists already. Default false."),
  skipTableCreation: flag().optional().describe("The table exists already. Default false."),
  skipIndexCreation: flag().optional().describe("The index exists already. Default false."),
});

const gcs = z.strictObject({
  backend: z.literal("gcs"),
  bucket: text(
    "must be a bucket's name",
    "write e.g. example-terraform-state",
    /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
  ).describe(
    "Google Cloud Storage bucket that holds the state; must exist. No default. Credentials: GOOGLE_CREDENTIALS.",
  ),
  prefix: optionalText("registry/production").describe(
    "Folder in the bucket. Default: its top, so set it when several environments share a bucket.",
  ),
  impersonateServiceAccount: optionalText("terraform@example.iam.gserviceaccount.com").describe(
    "Service account to act as. Default: none.",
  ),
  kmsEncryptionKey: optionalText("projects/…/cryptoKeys/…").describe(
    "Name of the Cloud KMS key that encrypts the state. Default: Google's own.",
  ),
});

const azurerm = z.strictObject({
  backend: z.literal("azurerm"),
  resourceGroupName: optionalText("registry").describe("Resource group of the storage account. Default: looked up."),
  storageAccountName: text(
    "must be 3–24 lower-case letters and digits",
    "write e.g. examplestate",
    /^[a-z0-9]{3,24}$/,
  ).describe("Storage account that holds the state; must exist. No default. Its key: ARM_ACCESS_KEY."),
  containerName: text("must be a blob container's name", "write e.g. tfstate", /^[a-z0-9][a-z0-9-]{2,62}$/).describe(
    "Blob container in it. No default.",
  ),
  key: objectKey().describe("Blob of this environment's state. No default: two environments must never share it."),
  useOidc: flag().optional().describe("Log in with a CI system's OIDC identity. Default false."),
  useAzureadAuth: flag()
    .optional()
    .describe("Reach the blobs with Entra ID, not with the account's key. Default false; true needs no key at all."),
  subscriptionId: optionalText("00000000-0000-0000-0000-000000000000").describe(
    "Subscription of the storage account. Default: ARM_SUBSCRIPTION_ID.",
  ),
  tenantId: optionalText("00000000-0000-0000-0000-000000000000").describe("Entra tenant. Default: ARM_TENANT_ID."),
});

/** Where Terraform keeps its state; the options are Terraform's, in camelCase, without those that hold secrets. */
export const stateSchema = z.discriminatedUnion("backend", [local, s3, http, pg, gcs, azurerm]);
