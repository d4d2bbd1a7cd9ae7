import type Docker from "dockerode";
import { runInContainer } from "../docker/container-exec";
import { messageOf } from "../docker/failure";
import type { ExecResult } from "../runtime/runtime";
import type { DirectoryAnswer } from "./acme-directory";

const SECONDS = 10;

/** For what `parseCurl` reads; the URL comes last. */
export const CURL_ARGUMENTS = [
  ...["--silent", "--insecure", "--max-time", String(SECONDS), "--output", "/dev/null"],
  ...["--write-out", "%{http_code}|%header{retry-after}|%{errormsg}"],
];

/**
 * Asks an ACME directory from the registry's own network, as the registry would reach it. Whether its certificate is trusted is
 * not the question here: the registry's log says that.
 *
 * curl of RustFS's image tells the most, in a container that shares the registry's network and is gone afterwards. Where that
 * image is absent, the registry's own wget tells the status.
 * @param image an image with curl that may be on the engine
 */
export async function askDirectory(
  client: Docker,
  registry: string,
  image: string,
  url: string,
): Promise<DirectoryAnswer> {
  return (await askWithCurl(client, registry, image, url)) ?? askWithWget(client, registry, url);
}

async function askWithCurl(
  client: Docker,
  registry: string,
  image: string,
  url: string,
): Promise<DirectoryAnswer | undefined> {
  const { Id, Config } = await client.getContainer(registry).inspect();
  const container = await client
    .createContainer({
      Image: image,
      Entrypoint: ["curl"],
      Cmd: [...CURL_ARGUMENTS, url],
      Env: Config.Env?.filter((one) => /^(?:https?|all|no)_proxy=/i.test(one)),
      Labels: { "dev.private-registry.component": "question" },
      HostConfig: { NetworkMode: `container:${Id}`, CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] },
    })
    .catch((error) => (error.statusCode === 404 ? undefined : Promise.reject(error)));
  if (!container) return undefined;
  try {
    await container.start();
    await container.wait();
    const output = (await container.logs({ stdout: true, follow: false })) as unknown as Buffer;
    return parseCurl(withoutFrames(output));
  } finally {
    await container.remove({ force: true }).catch(() => {});
  }
}

async function askWithWget(client: Docker, registry: string, url: string): Promise<DirectoryAnswer> {
  const script = `timeout ${SECONDS} wget --no-check-certificate -O /dev/null "$1" && echo ok`;
  const nothing = (error: unknown) => ({ stdout: "", stderr: messageOf(error) });
  return parseWget(await runInContainer(client, registry, ["sh", "-c", script, "ask", url]).catch(nothing));
}

/** `429|3600|`, or `000||Could not resolve host: acme.invalid`. */
export function parseCurl(output: string): DirectoryAnswer {
  const [code = "", retryAfter, ...error] = output.trim().split("|");
  const status = Number(code);
  return status > 0 ? { status, ...(retryAfter && { retryAfter }) } : { error: error.join("|") || "no answer" };
}

/** Both wgets name the status, BusyBox's and GNU's; headers they do not tell. */
export function parseWget({ stdout, stderr }: ExecResult): DirectoryAnswer {
  if (stdout.trim() === "ok") return { status: 200 };
  const status = /(?:server returned error: HTTP\/\S+|ERROR) (\d{3})/.exec(stderr)?.[1];
  if (status) return { status: Number(status) };
  return { error: /(?:failed: |wget: )([^\n]+)/.exec(stderr)?.[1] ?? `no answer within ${SECONDS} s` };
}

/** Without a terminal the engine puts eight bytes before each write. */
function withoutFrames(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    text += bytes.toString("utf8", at + 8, at + 8 + length);
    at += 8 + length;
  }
  return text;
}
