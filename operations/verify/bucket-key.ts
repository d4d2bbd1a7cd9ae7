import type { StorageServer } from "../../constructs";
import { command } from "../command";
import { messageOf } from "../docker/failure";
import type { Runtime } from "../runtime/runtime";
import type { Secrets } from "../secrets/file";
import { failed, passed, skipped } from "./check";

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The keys come as a line of curl's configuration; `printf` is part of the shell, so they are in no program's arguments. */
const ASK = `IFS= read -r config
printf '%s\\n' "$config" | curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' --config - \\
  \${2:+--aws-sigv4 "$2"} --header "x-amz-content-sha256: ${EMPTY_SHA256}" "$1"`;

/** What the registry's key may do; asked from inside the storage server's container, with curl. */
export async function checkBucketKey(
  runtime: Pick<Runtime, "run">,
  { container, bucket, region }: StorageServer,
  { registry_s3_access_key: key, registry_s3_secret_key: secret }: Secrets,
) {
  if (!key || !secret)
    return skipped("the key is not at hand: neither in the secrets file nor in TF_VAR_registry_s3_…");
  const ask = async (path: string, user = "") => {
    const url = `http://127.0.0.1:9000/${path}?list-type=2&max-keys=1`;
    const command = ["/bin/sh", "-c", ASK, "ask", url, user ? `aws:amz:${region}:s3` : ""];
    const { stdout, stderr } = await runtime.run(container, command, user && `user = "${user}"`).catch((error) => ({
      stdout: "",
      stderr: messageOf(error),
    }));
    return stdout.trim() || stderr.trim();
  };
  const answers = {
    own: await ask(bucket, `${key}:${secret}`),
    other: await ask(`${bucket}-of-somebody-else`, `${key}:${secret}`),
    anonymous: await ask(bucket),
  };
  if (answers.own !== "200")
    return failed(
      `its own bucket answers ${answers.own}`,
      (name) => `secrets changed since the last apply? ${command("plan", name)}, then ${command("apply", name)}`,
    );
  if (answers.other !== "403")
    return failed(
      `another bucket answers ${answers.other}, not 403`,
      (name) => `its policy in RustFS was changed: ${command("up", name)} runs the bucket job`,
    );
  if (answers.anonymous !== "403") return failed(`without a key the bucket answers ${answers.anonymous}, not 403`);
  return passed("200, another bucket 403, without key 403");
}
