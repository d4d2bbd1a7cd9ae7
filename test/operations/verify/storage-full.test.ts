import { expect, test } from "vitest";
import type { Answer } from "../../../operations/registry/client";
import { unexpected } from "../../../operations/verify/round-trip";

const answer = (status: number, detail: string): Answer => ({
  ...{ status, headers: {}, url: "http://localhost:5000/v2/" },
  body: Buffer.from(JSON.stringify({ errors: [{ code: "UNKNOWN", message: "unknown error", detail }] })),
});

test("a push that a full storage refuses says so", () => {
  // As Distribution 3.1.2 answers with RustFS 1.0.1 on a full file system.
  const detail = "s3aws: InternalError: Disk full\n\tstatus code: 500, request id: ca70dbbc, host id: ";
  expect(unexpected(answer(500, detail), 202)).toMatchObject({
    status: "failed",
    detail: expect.stringMatching(/^HTTP 500: the storage is full \(s3aws: InternalError: Disk full status code: 500/),
  });
});

test("what the storage's words do not explain is left to the log", () => {
  expect(unexpected(answer(500, "s3aws: what?"), 202)).toMatchObject({
    detail: "HTTP 500 UNKNOWN (unknown error), expected 202",
  });
  expect(unexpected(answer(404, "s3aws: InternalError: Disk full"), 202)).toMatchObject({
    detail: "HTTP 404 UNKNOWN (unknown error), expected 202",
  });
});
