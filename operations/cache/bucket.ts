import { createHash } from "node:crypto";
import { command } from "../command";
import type { ExecResult } from "../docker/container-exec";
import { Failure } from "../failure";
import type { StoredObject } from "./trim-plan";

/** Runs a program where the storage server runs. */
export type RunBeside = (command: readonly string[]) => Promise<ExecResult>;

export interface CacheBucketSettings {
  /** The environment, for what to do when the server refuses. */
  readonly environment: string;
  /** Where the server answers, seen from beside it. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Files that hold the server's key and its secret. */
  readonly keyFiles: readonly [accessKey: string, secretKey: string];
}

const EMPTY_SHA256 = createHash("sha256").update("").digest("hex");

// Arguments: what to sign for, the two key files, the method, URLs. The key goes from file to curl, never into arguments; one curl
// takes all of the URLs, over one connection.
const REQUEST = String.raw`sign=$1 access=$2 secret=$3 method=$4
shift 4
{
  printf 'user = "%s:%s"\n' "$(cat "$access")" "$(cat "$secret")"
  for url; do printf 'url = "%s"\noutput = "%s"\n' "$url" "${"$"}{OUTPUT:--}"; done
} | curl --silent --show-error --max-time 50 --request "$method" --config - --aws-sigv4 "$sign" \
  --header 'x-amz-content-sha256: ${EMPTY_SHA256}' --write-out '\n%{http_code}\n'`;

/** The bucket of a cache, read and trimmed with curl beside the server: its network has no way in. */
export class CacheBucket {
  private readonly run: RunBeside;
  private readonly settings: CacheBucketSettings;

  constructor(run: RunBeside, settings: CacheBucketSettings) {
    this.run = run;
    this.settings = settings;
  }

  /** Every object whose key begins with a text. */
  public async list(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    for (let after = ""; ; after = found.at(-1)?.key ?? "") {
      const [page = "", status] = await this.request("GET", "-", [listUrl(this.url, prefix, after)]);
      if (status !== "200") throw this.unexpected("list the bucket", status, page);
      const objects = [...page.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, one = ""]) => storedObject(one));
      found.push(...objects);
      if (!page.includes("<IsTruncated>true<")) return found;
      if (objects.length === 0) throw this.unexpected("list the bucket", status, "a page without objects");
    }
  }

  /** Removes objects, in their order; one that is gone already is no error. */
  public async remove(keys: readonly string[], onProgress: (removed: number) => void = () => {}): Promise<void> {
    for (let from = 0; from < keys.length; from += 200) {
      const some = keys.slice(from, from + 200);
      const answers = await this.request(
        "DELETE",
        "/dev/null",
        some.map((key) => `${this.url}/${key}`),
      );
      const bad = answers.find((line) => line !== "" && !["200", "204", "404"].includes(line));
      if (bad !== undefined || answers.filter(Boolean).length < some.length)
        throw this.unexpected("remove objects", bad ?? "none", "");
      onProgress(from + some.length);
    }
  }

  private get url(): string {
    return `${this.settings.endpoint}/${this.settings.bucket}`;
  }

  /** Lines of the answers and of their statuses. */
  private async request(method: string, output: string, urls: readonly string[]): Promise<string[]> {
    const { region, keyFiles } = this.settings;
    const script = `OUTPUT=${output}\n${REQUEST}`;
    const { stdout, stderr } = await this.run([
      "sh",
      "-c",
      script,
      "curl",
      `aws:amz:${region}:s3`,
      ...keyFiles,
      method,
      ...urls,
    ]);
    if (stdout.trim() === "" || stderr.trim() !== "") throw this.unexpected("ask the storage", undefined, stderr);
    const lines = stdout.trimEnd().split("\n");
    return output === "-" ? [lines.slice(0, -1).join("\n"), lines.at(-1) ?? ""] : lines;
  }

  private unexpected(what: string, status: string | undefined, details: string): Failure {
    const code = /<Code>([A-Za-z]+)</.exec(details)?.[1];
    return new Failure(
      `The storage was asked to ${what} and answered ${[status ?? "nothing", code].filter(Boolean).join(" ")}`,
      command("logs", this.settings.environment, "rustfs"),
      details.trim() || undefined,
    );
  }
}

/** The query is signed as it stands: sorted and encoded. */
function listUrl(bucket: string, prefix: string, after: string): string {
  const start = after === "" ? "" : `&start-after=${encodeURIComponent(after)}`;
  return `${bucket}?list-type=2&max-keys=1000&prefix=${encodeURIComponent(prefix)}${start}`;
}

function storedObject(xml: string): StoredObject {
  const field = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1] ?? "";
  return { key: field("Key"), bytes: Number(field("Size")), modified: Date.parse(field("LastModified")) };
}
