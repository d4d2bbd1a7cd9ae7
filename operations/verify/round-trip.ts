import { randomBytes } from "node:crypto";
import { command } from "../command";
import { type Answer, header, RedirectError, type RegistryClient } from "../registry/client";
import { OCI_MANIFEST, OCTETS } from "../registry/media-types";
import { storageExplanation } from "../storage-failures";
import { type Checks, failed, passed, skipped, warning } from "./check";
import { checkLayerSize } from "./layer-size";
import { type Blob, digestOf, type TinyImage, tinyImage } from "./tiny-image";

/** Always the same repository: a name stays in the catalogue even when all of its images are deleted. */
export const REPOSITORY = "private-registry/verify";

export interface RoundTripExpectations {
  /** Whether images may be deleted. */
  readonly delete: boolean;
  readonly readOnly: boolean;
  /** A pull-through cache takes no pushes. */
  readonly pullThrough: boolean;
  /** Whether a proxy is in front, which may limit what a request brings. */
  readonly behindProxy: boolean;
}

/** Pushes a tiny image, pulls it back byte for byte, and deletes it: what clients do, nothing less. */
export async function checkRoundTrip(
  checks: Checks,
  client: RegistryClient,
  expected: RoundTripExpectations,
): Promise<void> {
  if (expected.readOnly || expected.pullThrough) {
    await checks.run("push", "a push is refused, as the environment says", async () => {
      const answer = await client.request("POST", `/v2/${REPOSITORY}/blobs/uploads/`);
      return answer.status === 405
        ? passed(expected.readOnly ? "read-only" : "pull-through cache")
        : unexpected(answer, 405);
    });
    for (const [id, title] of [
      ["pull", PULL],
      ["delete", DELETE],
    ] as const) {
      await checks.run(id, title, () => skipped("nothing can be pushed to pull"));
    }
    return;
  }
  const image = tinyImage();
  const tag = `verify-${randomBytes(6).toString("hex")}`;
  const isPushed = await checks.run("push", "a push succeeds, in one piece and in chunks", () =>
    push(client, image, tag),
  );
  if (expected.behindProxy)
    await checks.run("layer-size", "the proxy takes large layers", async () => {
      const { answer, location } = await begin(client);
      return location ? checkLayerSize(client, location) : unexpected(answer, 202);
    });
  await checks.run("pull", PULL, () => (isPushed ? pull(client, image, tag) : skipped("nothing was pushed")));
  await checks.run("delete", expected.delete ? DELETE : "a deletion is refused, as the environment says", () =>
    isPushed ? remove(client, image, expected.delete) : skipped("nothing was pushed"),
  );
}

const PULL = "it comes back byte for byte";
const DELETE = "it can be deleted";

async function push(client: RegistryClient, { config, layer, manifest }: TinyImage, tag: string) {
  for (const [blob, upload] of [
    [config, monolithic],
    [layer, chunked],
  ] as const) {
    const answer = await upload(client, blob);
    if (answer.status === 405)
      return failed(
        "the registry takes no pushes (HTTP 405)",
        (name) => `registry.readOnly: false in the environment file, then: ${command("up", name)}`,
      );
    if (answer.status !== 201) return unexpected(answer, 201);
  }
  const headers = { "content-type": OCI_MANIFEST };
  const answer = await client.request("PUT", `/v2/${REPOSITORY}/manifests/${tag}`, { headers, body: manifest.bytes });
  if (answer.status !== 201) return unexpected(answer, 201);
  return passed(`${REPOSITORY}:${tag}, ${config.bytes.length + layer.bytes.length + manifest.bytes.length} bytes`);
}

async function monolithic(client: RegistryClient, { bytes, digest }: Blob): Promise<Answer> {
  const begun = await begin(client);
  if (!begun.location) return begun.answer;
  return client.request("PUT", withDigest(begun.location, digest), { headers: OCTETS, body: bytes });
}

async function chunked(client: RegistryClient, { bytes, digest }: Blob): Promise<Answer> {
  const begun = await begin(client);
  let location = begun.location;
  if (!location) return begun.answer;
  const middle = Math.ceil(bytes.length / 2);
  for (const [from, to] of [
    [0, middle],
    [middle, bytes.length],
  ] as const) {
    const headers = { ...OCTETS, "content-range": `${from}-${to - 1}` };
    const answer = await client.request("PATCH", location, { headers, body: bytes.subarray(from, to) });
    if (answer.status !== 202) return answer;
    location = locationOf(answer) ?? location;
  }
  return client.request("PUT", withDigest(location, digest), { headers: { "content-length": "0" } });
}

async function begin(client: RegistryClient): Promise<{ answer: Answer; location?: string }> {
  const answer = await client.request("POST", `/v2/${REPOSITORY}/blobs/uploads/`, {
    headers: { "content-length": "0" },
  });
  return { answer, location: answer.status === 202 ? locationOf(answer) : undefined };
}

/** Absolute: a registry behind a proxy may name itself wrongly, and a client would follow it there. */
function locationOf(answer: Answer): string | undefined {
  const location = header(answer, "location");
  return location && new URL(location, answer.url).href;
}

function withDigest(location: string, digest: string): string {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url.href;
}

async function pull(client: RegistryClient, { config, layer, manifest }: TinyImage, tag: string) {
  const headers = { accept: OCI_MANIFEST };
  let redirected: string | undefined;
  for (const [what, path, expected] of [
    ["the manifest by tag", `manifests/${tag}`, manifest],
    ["the manifest by digest", `manifests/${manifest.digest}`, manifest],
    ["the configuration", `blobs/${config.digest}`, config],
    ["the layer", `blobs/${layer.digest}`, layer],
  ] as const) {
    let answer: Answer;
    try {
      answer = await client.get(`/v2/${REPOSITORY}/${path}`, { headers });
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      return failed(
        `clients are sent to ${error.origin} for ${what}, and do not get there (${error.message})`,
        "set registry.redirect: false, or redirectEndpoint to an address that clients reach",
      );
    }
    if (answer.status !== 200) return unexpected(answer, 200, what);
    if (digestOf(answer.body) !== expected.digest)
      return failed(`${what} came back as ${answer.body.length} other bytes`);
    if (!answer.url.includes(`/v2/${REPOSITORY}/`)) redirected = new URL(answer.url).origin;
  }
  return passed(redirected ? `layers from ${redirected}` : undefined);
}

async function remove(client: RegistryClient, { config, layer, manifest }: TinyImage, isAllowed: boolean) {
  const path = `/v2/${REPOSITORY}/manifests/${manifest.digest}`;
  const answer = await client.request("DELETE", path);
  if (!isAllowed) {
    if (answer.status !== 405) return unexpected(answer, 405);
    return warning(`registry.delete is false; the image of this check stays in ${REPOSITORY}`);
  }
  if (answer.status === 405)
    return failed(
      "the registry refuses deletions (HTTP 405)",
      (name) => `registry.delete: true in the environment file, then: ${command("up", name)}`,
    );
  if (answer.status !== 202) return unexpected(answer, 202);
  for (const { digest } of [config, layer]) await client.request("DELETE", `/v2/${REPOSITORY}/blobs/${digest}`);
  const after = await client.get(path, { headers: { accept: OCI_MANIFEST } });
  return after.status === 404 ? passed() : unexpected(after, 404, "the deleted manifest");
}

/** An answer that is not the expected one, with what the registry says about it. */
export function unexpected(answer: Answer, expected: number, what?: string) {
  const { code, message, detail } = errorOf(answer);
  const storage = answer.status >= 500 && storageExplanation(String(detail), { environment: "", dockerHost: "" });
  if (storage) {
    const remedy = (name: string) =>
      storageExplanation(String(detail), { environment: name, dockerHost: "" })?.remedy ?? "";
    return failed(`${what ? `${what}: ` : ""}HTTP ${answer.status}: ${storage.message.replace(/\s+/g, " ")}`, remedy);
  }
  const said = code ? ` ${code}${message ? ` (${message})` : ""}` : "";
  const cause =
    answer.status >= 500
      ? (name: string) => `${command("logs", name, "registry")} says why: mostly the storage does not answer`
      : undefined;
  return failed(`${what ? `${what}: ` : ""}HTTP ${answer.status}${said}, expected ${expected}`, cause);
}

function errorOf({ body }: Answer): { code?: string; message?: string; detail?: unknown } {
  try {
    return JSON.parse(body.toString("utf8")).errors?.[0] ?? {};
  } catch {
    return {};
  }
}
