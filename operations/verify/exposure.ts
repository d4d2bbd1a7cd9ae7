import { connect } from "node:net";
import type { ServerPort } from "../../constructs";
import { inUrl } from "../../constructs/values/addresses";
import { isLoopback } from "../../constructs/values/ip";
import { isEveryAddress, publishedAddresses } from "../../constructs/values/publish";
import { command } from "../command";
import { RegistryClient } from "../registry/client";
import { type Checks, failed, passed, reason, skipped, warning } from "./check";

/** A port of RustFS and what the environment says about it. */

export interface ExposureExpectations {
  /** Name or address of the Docker host. */
  readonly host: string;
  /** Whether that is another machine, whose loopback cannot be reached from here. */
  readonly isRemote: boolean;
  readonly ports: readonly ServerPort[];
  readonly bucket: string;
  /** Who has a port of the Docker host: a container or a process. @default - nobody knows */
  readonly ownerOf?: (port: number) => Promise<string | undefined>;
  /** Names of our own containers. */
  readonly own: readonly string[];
}

/** Storage is reachable only where the environment says so, and then only for those who have a key. */
export async function checkExposure(checks: Checks, expected: ExposureExpectations): Promise<void> {
  for (const port of expected.ports) {
    const noun = port.id === "s3" ? "S3" : "the console";
    if (port.published) {
      for (const address of publishedAddresses(port.published)) {
        await checkPublished(checks, port, { address, port: port.published.port }, expected);
      }
    } else await checks.run(`${port.id}-closed`, `${noun} is not reachable`, () => isClosed(port, expected));
  }
}

async function isClosed({ usual }: ServerPort, { host, ownerOf, own }: ExposureExpectations) {
  if (!(await accepts(host, usual))) return passed(`port ${usual} of ${host} is closed`);
  const owner = await ownerOf?.(usual);
  if (owner && !own.some((name) => owner === `container ${name}`)) return passed(`port ${usual} is ${owner}'s`);
  const isRustFs = await looksLikeRustFs(host, usual);
  const detail = `port ${usual} of ${host} is open${owner ? ` (${owner})` : ""}${isRustFs ? " and RustFS answers" : ""}`;
  if (owner || isRustFs)
    return failed(
      detail,
      (name) => `nothing should publish it: ${command("up", name)} puts the environment's own ports back`,
    );
  return warning(`${detail}: something else, it seems`);
}

async function checkPublished(
  checks: Checks,
  { id }: ServerPort,
  { address, port }: { readonly address: string; readonly port: number },
  { host, isRemote, bucket }: ExposureExpectations,
): Promise<void> {
  const isEverywhere = isEveryAddress(address);
  const at = isEverywhere ? host : address;
  const url = `http://${inUrl(at)}:${port}`;
  const isHidden = isRemote && isLoopback(address);
  if (id === "console") {
    await checks.run("console-open", `the console answers at ${url}, as the environment says`, async () => {
      if (isHidden) return skipped("on the Docker host's own loopback");
      if (!(await accepts(at, port))) return failed("nobody listens there", (name) => command("up", name));
      return isEverywhere ? warning("on every address of the host") : passed();
    });
    return;
  }
  await checks.run("s3-anonymous", `S3 at ${url} refuses anonymous requests`, async () => {
    if (isHidden) return skipped("on the Docker host's own loopback");
    const client = new RegistryClient({ url });
    const answer = await client.request("GET", `/${bucket}?list-type=2&max-keys=1`);
    if (answer.status === 200)
      return failed(
        "anybody may list the bucket: every image is open",
        "remove the bucket's policy; nothing here sets one",
      );
    if (answer.status !== 401 && answer.status !== 403) return failed(`HTTP ${answer.status}, expected 403`);
    return isEverywhere ? warning("refused, but reachable on every address of the host, without TLS") : passed();
  });
}

/** Whether a TCP connection is accepted within two seconds. */
function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const answer = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", answer(true)).once("error", answer(false)).once("timeout", answer(false));
  });
}

async function looksLikeRustFs(host: string, port: number): Promise<boolean> {
  try {
    const client = new RegistryClient({
      url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
      timeoutMs: 3_000,
    });
    const { headers, body } = await client.request("GET", "/health");
    return /rustfs/i.test(`${headers.server ?? ""}${body.toString("utf8")}`);
  } catch (error) {
    return /rustfs/i.test(reason(error));
  }
}
