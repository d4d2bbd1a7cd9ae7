import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { StorageServer } from "../../constructs";
import { Failure } from "../failure";
import type { Runtime } from "../runtime/runtime";
import type { Secrets } from "./file";

/** A key of the server: the root pair, or a user's. */
export interface KeyPair {
  readonly key: string;
  readonly secret: string;
}

/** The key that manages the users of a server. @returns nothing: its values are not at hand, or its users are not managed from here */
export function rootPair({ rootCredentials }: StorageServer, secrets: Secrets): KeyPair | undefined {
  const key = rootCredentials && secrets[rootCredentials.accessKey];
  const secret = rootCredentials && secrets[rootCredentials.secretKey];
  return key && secret ? { key, secret } : undefined;
}

/** Key and body come as lines of curl's configuration on standard input; `printf` is the shell's own, so they are in no arguments. */
const ASK = `IFS= read -r user
IFS= read -r body
printf '%s\\n%s\\n' "$user" "$body" | curl --silent --max-time 10 --write-out '\\n%{http_code}' --config - \\
  --request "$2" --aws-sigv4 "$3" --header "x-amz-content-sha256: $4" --header 'Content-Type: application/octet-stream' "$1"`;

interface Answer {
  /** HTTP status, or what curl complained about. */
  readonly status: string;
  readonly body: string;
}

/** RustFS, asked from inside its container. */
export class RustFsUsers {
  private readonly runtime: Runtime;
  private readonly server: StorageServer;
  private readonly root: KeyPair;

  constructor(runtime: Runtime, server: StorageServer, root: KeyPair) {
    this.runtime = runtime;
    this.server = server;
    this.root = root;
  }

  /** Whether a key lists the bucket. */
  public async opens(pair: KeyPair): Promise<boolean> {
    return (await this.ask("GET", `${this.server.bucket}?list-type=2&max-keys=1`, pair)).status === "200";
  }

  /** Names of all users, which are their access keys. */
  public async names(): Promise<string[]> {
    const { status, body } = await this.ask("GET", `${ADMIN}/list-users`, this.root);
    if (status !== "200") throw refused("list its users", status);
    return Object.keys(JSON.parse(body) as object);
  }

  /** Makes a user that may list and read the bucket, and waits until it can. @throws Failure also when it may write */
  public async addReader(user: KeyPair): Promise<void> {
    const policy = `reader-${this.server.bucket}`;
    const steps = [
      ["write a policy", `add-canned-policy?name=${policy}`, JSON.stringify(readerPolicy(this.server.bucket))],
      ["write a user", `add-user?accessKey=${user.key}`, JSON.stringify({ secretKey: user.secret, status: "enabled" })],
      ["attach a policy", `set-user-or-group-policy?isGroup=false&policyName=${policy}&userOrGroup=${user.key}`, ""],
    ] as const;
    for (const [what, path, body] of steps) {
      const { status } = await this.ask("PUT", `${ADMIN}/${path}`, this.root, body);
      if (status !== "200") throw refused(what, status);
    }
    for (let n = 0; n < 25 && !(await this.opens(user)); n += 1) await sleep(200);
    if (!(await this.opens(user))) throw new Failure("RustFS refuses the key that may list and read its bucket");
    const { status } = await this.ask("PUT", `${this.server.bucket}/private-registry-proof`, user, "proof");
    if (status !== "403")
      throw new Failure(`RustFS let a key that may only read write an object: it answered ${status}`);
  }

  /** Removes a user, and waits until it is refused. @throws Failure when it is not */
  public async remove(user: KeyPair): Promise<void> {
    const { status } = await this.ask("DELETE", `${ADMIN}/remove-user?accessKey=${user.key}`, this.root);
    for (let n = 0; n < 25 && (await this.opens(user)); n += 1) await sleep(200);
    if (!(await this.opens(user))) return;
    throw new Failure(`RustFS did not remove the S3 user ${user.key}: it answered ${status}, and its key still works`);
  }

  private async ask(method: string, path: string, { key, secret }: KeyPair, body = ""): Promise<Answer> {
    const hash = createHash("sha256").update(body).digest("hex");
    const url = `http://127.0.0.1:9000/${path}`;
    const line = ["/bin/sh", "-c", ASK, "ask", url, method, `aws:amz:${this.server.region}:s3`, hash];
    const input = [`user = ${quoted(`${key}:${secret}`)}`, body && `data-binary = ${quoted(body)}`].join("\n");
    const { stdout, stderr } = await this.runtime.run(this.server.container, line, input);
    const [, answer = "", status] = /^([\s\S]*)\n(\d{3})\s*$/.exec(stdout) ?? [];
    return { status: status ?? (stderr.trim() || "nothing"), body: answer };
  }
}

const ADMIN = "rustfs/admin/v3";

/** As a value of curl's configuration. */
const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

function refused(what: string, status: string): Failure {
  const why =
    status === "403" ? ": the root pair at hand is not the one it has; were secrets changed since the last apply?" : "";
  return new Failure(`RustFS did not ${what}: it answered ${status}${why}`);
}

function readerPolicy(bucket: string) {
  const allow = (Action: readonly string[], resource: string) => ({
    ...{ Effect: "Allow", Action },
    Resource: [`arn:aws:s3:::${resource}`],
  });
  return {
    Version: "2012-10-17",
    Statement: [allow(["s3:ListBucket", "s3:GetBucketLocation"], bucket), allow(["s3:GetObject"], `${bucket}/*`)],
  };
}
