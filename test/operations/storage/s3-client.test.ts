import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { S3Client } from "../../../operations/storage/s3-client";
import { MemoryS3 } from "../../support/memory-s3";

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of items) found.push(one);
  return found;
}

/** A fault of the first so many requests. */
function first(count: number, fault: object) {
  let left = count;
  return () => (left-- > 0 ? fault : undefined);
}

const CALLS: [string, (client: S3Client) => Promise<unknown>][] = [
  ["list", (client) => all(client.list("p/"))],
  ["read", (client) => client.read("p/a")],
  ["head", (client) => client.head("p/a")],
  ["stream", async (client) => buffer((await client.stream("p/a"))?.body as never)],
  ["uploads", (client) => all(client.uploads(""))],
  ["remove", (client) => client.remove(["p/a"])],
  ["write", (client) => client.write("p/a", "x")],
];

test("a list has keys, bytes, times and ETags, on as many pages as there are", async () => {
  const s3 = await MemoryS3.start();
  for (const key of ["p/a", "p/b&c", "p/d", "q/e"]) s3.put(key, "1234567");
  const etag = "fcea920f7412b5da7be0cf42b8c93759";
  const modified = Date.parse("2026-01-02T03:04:05Z");
  expect(await all(s3.client().list("p/", 2))).toEqual(
    ["p/a", "p/b&c", "p/d"].map((key) => ({ key, bytes: 7, modified, etag })),
  );
  expect(s3.requests.map((one) => one.split("?")[1])).toEqual([
    "list-type=2&max-keys=2&prefix=p%2F",
    "list-type=2&max-keys=2&prefix=p%2F&start-after=p%2Fb%26c",
  ]);
});

test("a page of 1,000 objects, each with a quoted ETag, is no attack", async () => {
  const s3 = await MemoryS3.start();
  for (let n = 0; n < 1500; n++) s3.put(`p/${String(n).padStart(4, "0")}`, "");
  expect(await all(s3.client().list("p/"))).toHaveLength(1500);
});

test("what is absent is nothing", async () => {
  const s3 = await MemoryS3.start();
  const client = s3.client();
  s3.put("p/ab", "x");
  expect([await client.read("p/a"), await client.head("p/a"), await client.stream("p/a")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  await client.remove(["p/a"]);
  await client.abortUpload({ key: "p/a", id: "u", started: 0 });
  expect(await client.uploadedBytes({ key: "p/a", id: "u", started: 0 })).toBe(0);
});

test.each(CALLS)("%s is asked again after 503, and after a connection that was cut", async (_name, call) => {
  for (const fault of [
    { status: 503 },
    { status: 500, body: "<Error><Code>InternalError</Code></Error>" },
    { cutAfter: 0 },
  ]) {
    const s3 = await MemoryS3.start();
    s3.put("p/a", "content");
    s3.fault = first(3, fault);
    await call(s3.client());
    expect(s3.requests.length).toBeGreaterThanOrEqual(4);
  }
});

test.each(CALLS)("%s fails when the storage goes on failing", async (_name, call) => {
  const s3 = await MemoryS3.start();
  s3.put("p/a", "content");
  s3.fault = () => ({ status: 503, body: "<Error><Code>SlowDown</Code></Error>" });
  await expect(call(s3.client())).rejects.toThrow(/The storage did not .*: 503/);
  expect(s3.requests).toHaveLength(6);
});

test.each<[string, number, string, RegExp]>([
  ["a page of a proxy", 404, "<html>Not Found</html>", /404/],
  ["a bucket that is gone", 404, "<Error><Code>NoSuchBucket</Code></Error>", /there is no bucket of that name/],
  ["a wrong key", 403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", /the secret key is not the one/],
  ["a full disk", 507, "<Error><Code>XMinioStorageFull</Code></Error>", /the storage is full/],
])("%s is a failure at once, and no absence", async (_name, status, body, message) => {
  for (const [name, call] of CALLS.filter(([name]) => name !== "head")) {
    const s3 = await MemoryS3.start();
    s3.fault = () => ({ status, body });
    await expect(call(s3.client()), name).rejects.toThrow(message);
    expect(s3.requests).toHaveLength(1);
  }
});

test("a 404 to HEAD, whose body nobody sees, is checked against a list", async () => {
  const s3 = await MemoryS3.start();
  s3.put("p/a", "content");
  s3.fault = ({ method }) => (method === "HEAD" ? { status: 404 } : undefined);
  expect(await s3.client().head("p/a")).toMatchObject({ key: "p/a", bytes: 7 });
});

test.each([
  "",
  "<ListBucketResult><Contents><Key>p/a</Key>",
  "<ListBucketResult><Contents><Key>p/a</Key></Contents></ListBucketResult>",
  "<ListBucketResult></ListBucketResult>",
  "<html></html>",
  "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>p/a</Key></Contents></ListBucketResult>",
])("a list that is not whole is no list: %s", async (body) => {
  const s3 = await MemoryS3.start();
  s3.fault = () => ({ status: 200, body });
  await expect(all(s3.client().list("p/"))).rejects.toThrow("The storage did not give of bucket registry");
});

test("a list that goes round in circles, or on without end, is no list", async () => {
  const s3 = await MemoryS3.start();
  const one = `<Contents><Key>p/a</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`;
  for (const contents of [one, ""]) {
    s3.fault = () => ({
      status: 200,
      body: `<ListBucketResult><IsTruncated>true</IsTruncated>${contents}</ListBucketResult>`,
    });
    await expect(all(s3.client().list("p/"))).rejects.toThrow(/lists p\/a after p\/a|returns no entries/);
  }
});

test("a stream that is cut goes on where it ended", async () => {
  const s3 = await MemoryS3.start();
  const content = Buffer.alloc(300_000, "0123456789");
  s3.put("p/a", content);
  s3.fault = first(3, { cutAfter: 70_001 });
  const stream = await s3.client().stream("p/a");
  expect(stream?.bytes).toBe(300_000);
  expect((await buffer(stream?.body as never)).equals(content)).toBe(true);
});

test("a stream whose object changes is a failure, not a mixture", async () => {
  const s3 = await MemoryS3.start();
  s3.put("p/a", Buffer.alloc(300_000, "a"));
  s3.fault = first(1, { cutAfter: 70_000 });
  const stream = await s3.client().stream("p/a");
  s3.put("p/a", Buffer.alloc(300_000, "b"));
  await expect(buffer(stream?.body as never)).rejects.toThrow("The storage did not give p/a");
});

test("a storage that is not there is a failure", async () => {
  const s3 = await MemoryS3.start();
  const client = s3.client({ url: new URL("http://127.0.0.1:1") });
  await expect(client.read("a")).rejects.toThrow(/ECONNREFUSED|refused/);
});

test("unfinished uploads are listed on as many pages as there are, weighed and aborted", async () => {
  const s3 = await MemoryS3.start();
  for (const id of ["u1", "u2", "u3"]) s3.uploads.set(id, { key: "p/a", started: new Date(0), parts: [5, 6] });
  const client = s3.client();
  const found = await all(client.uploads("p/"));
  expect(found).toEqual(["u1", "u2", "u3"].map((id) => ({ key: "p/a", id, started: 0 })));
  expect(await client.uploadedBytes(found[0] as never)).toBe(11);
  await client.abortUpload(found[1] as never);
  expect([...s3.uploads.keys()]).toEqual(["u1", "u3"]);
});

test("more than 1,000 objects are deleted by several requests; what stays is told", async () => {
  const s3 = await MemoryS3.start();
  const keys = Array.from({ length: 1001 }, (_, n) => `p/<&"'>${n}`);
  for (const key of keys) s3.put(key, "");
  const progress: number[] = [];
  await s3.client().remove(keys, (removed) => progress.push(removed));
  expect([s3.objects.size, progress]).toEqual([0, [1000, 1001]]);
  s3.fault = () => ({
    status: 200,
    body: "<DeleteResult><Error><Key>p/a</Key><Code>AccessDenied</Code></Error></DeleteResult>",
  });
  await expect(s3.client().remove(["p/a"])).rejects.toMatchObject({ details: "p/a: AccessDenied" });
});

test("many requests share few connections", async () => {
  const s3 = await MemoryS3.start();
  s3.put("p/a", "content");
  const client = s3.client();
  await Promise.all(Array.from({ length: 100 }, () => client.read("p/a")));
  expect(s3.connections).toBeLessThanOrEqual(4);
});

test("a bucket can be in the name of the server", async () => {
  const s3 = await MemoryS3.start();
  await s3.client({ pathStyle: false }).write("a b/c", "x");
  expect(s3.requests).toEqual(["PUT /a%20b/c"]);
});

test("connections that ended while they were kept cost no attempt", async () => {
  const s3 = await MemoryS3.start();
  s3.put("p/a", "content");
  const client = s3.client();
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 4 }, () => client.read("p/a")));
    s3.closeConnections();
  }
  const before = s3.requests.length;
  s3.fault = first(5, { status: 503 });
  expect((await client.read("p/a"))?.toString()).toBe("content");
  expect(s3.requests.length - before).toBe(6);
});
