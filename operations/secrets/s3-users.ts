import { setTimeout as sleep } from "node:timers/promises";
import type { StorageServer } from "../../stacks";
import { runInContainer } from "../docker/container-exec";
import type { DockerConnection } from "../docker/docker";
import { Failure } from "../failure";

/** A key of the server: the root pair, or a user's. */
export interface KeyPair {
  readonly key: string;
  readonly secret: string;
}

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The key comes as a line of curl's configuration on standard input; `printf` is the shell's own, so it is in no arguments. */
const ASK = `IFS= read -r config
printf '%s\\n' "$config" | curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' --config - \\
  --request "$2" --aws-sigv4 "$3" --header "x-amz-content-sha256: ${EMPTY_SHA256}" "$1"`;

/** Asks RustFS from inside its container. @returns the HTTP status as text */
async function ask(
  { client }: DockerConnection,
  { container, region }: StorageServer,
  method: string,
  path: string,
  { key, secret }: KeyPair,
): Promise<string> {
  const line = ["/bin/sh", "-c", ASK, "ask", `http://127.0.0.1:9000/${path}`, method, `aws:amz:${region}:s3`];
  const { stdout, stderr } = await runInContainer(client, container, line, `user = "${key}:${secret}"`);
  return stdout.trim() || stderr.trim();
}

/** Whether a key lists the bucket. */
export async function opens(docker: DockerConnection, server: StorageServer, pair: KeyPair): Promise<boolean> {
  const status = await ask(docker, server, "GET", `${server.bucket}?list-type=2&max-keys=1`, pair);
  return status === "200";
}

/** Removes a user from RustFS, and waits until it is refused. @throws Failure when it is not */
export async function removeUser(
  docker: DockerConnection,
  server: StorageServer,
  user: KeyPair,
  root: KeyPair,
): Promise<void> {
  const path = `rustfs/admin/v3/remove-user?accessKey=${encodeURIComponent(user.key)}`;
  const status = await ask(docker, server, "DELETE", path, root);
  for (let n = 0; n < 25 && (await opens(docker, server, user)); n += 1) await sleep(200);
  if (!(await opens(docker, server, user))) return;
  throw new Failure(
    `RustFS did not remove the old S3 user ${user.key}: it answered ${status}, and its key still works`,
  );
}
