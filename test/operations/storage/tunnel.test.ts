import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { expect, onTestFinished, test } from "vitest";
import { dialFrom } from "../../../operations/docker/container-tunnel";
import { S3Client } from "../../../operations/storage/s3-client";
import { TunnelAgent } from "../../../operations/storage/tunnel-agent";
import { makeCertificates, readPair } from "../../support/certificates";
import { MemoryS3 } from "../../support/memory-s3";
import { temporaryDirectory } from "../../support/process";

const path = temporaryDirectory();

/** An engine whose `nc` connects from this machine, and whose frames arrive in pieces of so many bytes. */
function engine(pieces: number, complaint?: string): { client: Docker; programs: string[][] } {
  const programs: string[][] = [];
  const exec = async ({ Cmd }: { Cmd: string[] }) => {
    programs.push(Cmd);
    return { start: async () => framed(Cmd, pieces, complaint) };
  };
  return { programs, client: { getContainer: () => ({ exec }) } as unknown as Docker };
}

function framed([, host = "", port = ""]: string[], pieces: number, complaint?: string): Duplex {
  const stream = new Duplex({ read() {}, write: (chunk, _encoding, done) => socket.write(chunk, () => done()) });
  const socket = connect(Number(port), host);
  const send = (kind: number, content: Buffer) => {
    const header = Buffer.alloc(8);
    header[0] = kind;
    header.writeUInt32BE(content.length, 4);
    const frame = Buffer.concat([header, content]);
    for (let at = 0; at < frame.length; at += pieces) stream.push(frame.subarray(at, at + pieces));
  };
  if (complaint) {
    send(2, Buffer.from(complaint));
    stream.push(null);
  }
  socket.on("error", () => stream.push(null));
  socket.on("data", (content) => send(1, content));
  socket.on("end", () => stream.push(null));
  stream.on("close", () => socket.destroy());
  return stream;
}

async function portOf(server: Server): Promise<number> {
  if (!server.listening) await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test.each([1, 3, 7, 8, 9, 1000, 100_000])("bytes pass as they are, frames in pieces of %d", async (pieces) => {
  const content = Buffer.from(Array.from({ length: 20_000 }, (_, n) => (n * 7919) % 256));
  const server = createServer((socket) => void socket.end(content)).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  const { client, programs } = engine(pieces);
  const port = await portOf(server);
  const stream = await dialFrom(client, "local-registry")("127.0.0.1", port);
  expect((await buffer(stream)).equals(content)).toBe(true);
  expect(programs).toEqual([["nc", "127.0.0.1", String(port)]]);
});

test("what nc complains about is the error", async () => {
  const s3 = await MemoryS3.start();
  const access = s3.access();
  const { client } = engine(100, "nc: bad address 'rustfs'\n");
  const agent = new TunnelAgent(dialFrom(client, "local-registry"), access.url, undefined);
  const storage = new S3Client(access, agent, { environment: "local", attempts: 2, backoffMs: 1 });
  await expect(storage.read("a")).rejects.toThrow("the registry does not reach the storage");
});

test("a large object comes whole", async () => {
  const s3 = await MemoryS3.start();
  s3.put("p/a", Buffer.alloc(64 * 2 ** 20, "x"));
  const access = s3.access();
  const { client } = engine(65_544);
  const agent = new TunnelAgent(dialFrom(client, "local-registry"), access.url, undefined);
  const storage = new S3Client(access, agent, { environment: "local" });
  const stream = await storage.stream("p/a");
  let bytes = 0;
  for await (const chunk of stream?.body ?? []) bytes += chunk.length;
  expect(bytes).toBe(64 * 2 ** 20);
  storage.close();
});

test("TLS goes through it too: a private CA is trusted when it is given, and only then", async () => {
  const { ca, server: pair } = await makeCertificates(path());
  const server = createHttps(readPair(pair), (request, response) => {
    response.setHeader("etag", '"e"').end(`${request.method} ${request.url}`);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  const port = await portOf(server);
  const base = { bucket: "b", pathStyle: true, region: "r", root: "", accessKey: "k", secretKey: "s" };
  const read = async (name: string, tls: object) => {
    const url = new URL(`https://${name}:${port}`);
    const agent = new TunnelAgent(dialFrom(engine(500).client, "local-registry"), url, tls);
    const client = new S3Client({ ...base, url, tls }, agent, { environment: "local", attempts: 1 });
    onTestFinished(() => client.close());
    return (await client.read("key"))?.toString();
  };
  const trusted = { ca: readFileSync(ca, "utf8") };
  expect([await read("127.0.0.1", trusted), await read("localhost", trusted)]).toEqual(["GET /b/key", "GET /b/key"]);
  expect(await read("localhost", { skipVerify: true })).toBe("GET /b/key");
  await expect(read("localhost", {})).rejects.toThrow("the storage's certificate is not accepted");
});
