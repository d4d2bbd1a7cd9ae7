import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { linesOf } from "../../../operations/docker/log-stream";
import { frame } from "../audit/engine-with-log";

const read = async (bytes: Buffer, size: number) => {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(chunks))) lines.push(line);
  return lines;
};

test.each([1, 3, 8, 9, 1000])("lines of two streams, which come in pieces of %i bytes", async (size) => {
  const bytes = Buffer.concat([
    frame(1, "access one\n"),
    frame(2, "long: für"),
    frame(1, "access two\naccess three\n"),
    frame(2, " all\n"),
    frame(2, "\n"),
    frame(1, "without an end"),
  ]);
  expect(await read(bytes, size)).toEqual([
    "access one",
    "access two",
    "access three",
    "long: für all",
    "without an end",
  ]);
});

test("a line that does not end is not gathered without a limit", async () => {
  const piece = frame(2, "x".repeat(2 ** 19));
  const [line = ""] = await read(Buffer.concat(Array<Buffer>(8).fill(piece)), 2 ** 16);
  expect(line.length).toBeLessThan(2 ** 21);
});
