import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { purgeRedis, type RedisSettings } from "../../../operations/gc/redis";

/** As much of Redis as is asked, its answers in pieces of so many bytes. */
async function redis(pieces: number, answer: (words: string[]) => string) {
  const asked: string[][] = [];
  const server = createServer((socket) => {
    socket.setNoDelay().on("data", async (data) => {
      const words = [...data.toString().matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map(([, word = ""]) => word);
      asked.push(words);
      const reply = answer(words);
      for (let at = 0; at < reply.length; at += pieces) {
        socket.write(reply.slice(at, at + pieces));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const purge = (more: Partial<RedisSettings> = {}) =>
    purgeRedis(async (host, to) => connect(to, host), { addrs: [`127.0.0.1:${port}`], ...more });
  return { asked, purge };
}

const array = (items: string[]) => `*${items.length}\r\n${items.map((one) => `$${one.length}\r\n${one}\r\n`).join("")}`;

test.each([1, 7, 10_000])(
  "keys of blobs and repositories go, page by page, answers in pieces of %d",
  async (pieces) => {
    const pages: Record<string, [string, string[]]> = {
      "blobs::* 0": ["17", ["blobs::a", "blobs::b"]],
      "blobs::* 17": ["0", ["blobs::c"]],
      "repository::* 0": ["0", []],
    };
    const { asked, purge } = await redis(pieces, ([verb, ...rest]) => {
      if (verb === "DEL") return `:${rest.length}\r\n`;
      const [cursor, , pattern] = rest;
      const [next, keys] = pages[`${pattern} ${cursor}`] ?? ["0", []];
      return verb === "SCAN" ? `*2\r\n$${next.length}\r\n${next}\r\n${array(keys)}` : "+OK\r\n";
    });
    expect(await purge({ db: 2, username: "u", password: "p" })).toBe(3);
    expect(asked.map((words) => words.slice(0, 2).join(" "))).toEqual([
      "AUTH u",
      "SELECT 2",
      "SCAN 0",
      "DEL blobs::a",
      "SCAN 17",
      "DEL blobs::c",
      "SCAN 0",
    ]);
  },
);

test("a refusal, a server that is not Redis and one that ends are failures", async () => {
  for (const [reply, message] of [
    ["-NOAUTH Authentication required.\r\n", /NOAUTH Authentication required/],
    ["HTTP/1.1 400 Bad Request\r\n", /not Redis's/],
  ] as const)
    await expect((await redis(100, () => reply)).purge()).rejects.toThrow(message);
  const gone = async () => connect(1, "127.0.0.1");
  await expect(purgeRedis(gone, { addrs: ["127.0.0.1:1"] })).rejects.toThrow("was not purged");
});

test("a cluster, and one with sentinels, is said to be somebody else's to purge", async () => {
  const never = () => Promise.reject(new Error("dialled"));
  for (const settings of [{ addrs: ["a:1", "b:1"] }, { addrs: ["a:1"], mastername: "m" }])
    await expect(purgeRedis(never, settings)).rejects.toThrow("does not purge");
});
