import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { RegistryClient } from "../../../operations/registry/client";
import { RepositoryUpload } from "../../../operations/registry/upload";

const BLOB = { digest: `sha256:${"1".repeat(64)}`, size: 100, part: () => Readable.from([]) };
const PLACE = "http://registry/v2/a/blobs/uploads/1";

/** Answers what a test says; the requests, in short. */
function scripted(...answers: (readonly [status: number, headers?: Record<string, string>] | Error)[]) {
  const asked: string[] = [];
  const request = async (method: string, target: string, options: { headers?: Record<string, string> } = {}) => {
    const path = target.replace("http://registry", "").replace("/v2/a/", "");
    asked.push([method, path.slice(0, 30), options.headers?.["content-range"]].filter(Boolean).join(" "));
    const answer = answers.shift() ?? [500];
    if (answer instanceof Error) throw answer;
    const [status, headers = {}] = answer;
    return { status, headers, body: Buffer.alloc(0), url: "http://registry/" };
  };
  const client = { request } as unknown as RegistryClient;
  const remedies = { login: "log in", readOnly: "wait" };
  return {
    asked,
    upload: new RepositoryUpload("a", { client, remedies, pauseMs: 1, signal: new AbortController().signal }),
  };
}

const BEGUN = [202, { location: PLACE }] as const;

test("goes on with what the registry has of a blob when a connection broke", async () => {
  const cut = new Error("cut");
  const { asked, upload } = scripted(BEGUN, cut, [404], [204, { range: "0-39" }], BEGUN, [201]);
  expect(await upload.blob(BLOB, undefined, () => {})).toBe(60);
  expect(asked).toEqual(
    [
      "POST blobs/uploads/",
      "PATCH blobs/uploads/1 0-99",
      `HEAD blobs/${BLOB.digest.slice(0, 24)}`,
      "GET blobs/uploads/1",
      "PATCH blobs/uploads/1 40-99",
      "PUT blobs/uploads/1?digest=sha256%",
    ].map((line) => line.slice(0, line.indexOf(" ") + 31)),
  );
});

test("begins anew where the registry knows the upload no more, and ends where the blob is there after all", async () => {
  const { asked, upload } = scripted(BEGUN, [404], [404], [404], BEGUN, [503], [200]);
  expect(await upload.blob(BLOB, undefined, () => {})).toBe(0);
  expect(asked.map((one) => one.split(" ")[0])).toEqual(["POST", "PATCH", "HEAD", "GET", "POST", "PATCH", "HEAD"]);
});

test("takes a blob from another repository, and sends it when the registry does not", async () => {
  const mounted = scripted([201]);
  expect(await mounted.upload.blob(BLOB, "b", () => {})).toBe(0);
  expect(mounted.asked).toEqual(["POST blobs/uploads/?mount=sha256:11"]);
  const sent = scripted(BEGUN, BEGUN, [201]);
  expect(await sent.upload.blob(BLOB, "b", () => {})).toBe(100);
});

test("gives up at once where asking again does not help, and in the end", async () => {
  await expect(scripted([403]).upload.blob(BLOB, undefined, () => {})).rejects.toMatchObject({ remedy: "log in" });
  await expect(scripted([405]).upload.blob(BLOB, undefined, () => {})).rejects.toMatchObject({ remedy: "wait" });
  await expect(scripted().upload.hasBlob(BLOB.digest)).rejects.toThrow("HTTP 500 to HEAD");
});
