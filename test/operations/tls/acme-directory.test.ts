import { describe, expect, test } from "vitest";
import { judgeDirectory, waitText } from "../../../operations/tls/acme-directory";
import { parseCurl, parseWget } from "../../../operations/tls/acme-question";

const NOW = Date.parse("2026-11-26T16:00:00Z");
const URL = "https://acme.example.com/dir";

describe("judgeDirectory", () => {
  test.each([
    [{ status: 200 }, undefined],
    [{ status: 302 }, undefined],
    [{ status: 404 }, { id: "directory-wrong", message: `What answers at ${URL} is no ACME directory: HTTP 404` }],
    [
      { status: 429, retryAfter: "3600" },
      {
        id: "rate-limited",
        message: `The ACME server at ${URL} limits requests (HTTP 429): wait 1 h, until 17:00 UTC`,
      },
    ],
    [{ status: 429 }, { id: "rate-limited", message: `The ACME server at ${URL} limits requests (HTTP 429)` }],
    [{ status: 500 }, { id: "server-error", message: `The ACME server at ${URL} fails (HTTP 500)` }],
    [
      { status: 503, retryAfter: "90" },
      {
        id: "server-error",
        message: `The ACME server at ${URL} fails (HTTP 503): it asks to wait 2 min, until 16:01 UTC`,
      },
    ],
    [
      { error: "Could not resolve host: acme.example.com" },
      {
        id: "directory-unreachable",
        message: `The ACME server at ${URL} is not reached from the registry's network: Could not resolve host: acme.example.com`,
      },
    ],
  ])("%j", (answer, expected) => {
    const judged = judgeDirectory(answer, URL, NOW);
    if (expected === undefined) expect(judged).toBeUndefined();
    else expect(judged).toMatchObject(expected);
  });
});

test.each([
  [undefined, ""],
  ["", ""],
  ["soon", ""],
  ["0", ""],
  ["45", "45 s, until 16:00 UTC"],
  ["5400", "1 h 30 min, until 17:30 UTC"],
  ["604800", "168 h, until 2026-12-03 16:00 UTC"],
  ["Thu, 26 Nov 2026 16:10:00 GMT", "10 min, until 16:10 UTC"],
  ["Thu, 26 Nov 2026 15:00:00 GMT", ""],
])("Retry-After %j is %j", (header, text) => expect(waitText(header, NOW)).toBe(text));

test.each([
  ["200||", { status: 200 }],
  ["429|3600|", { status: 429, retryAfter: "3600" }],
  ["000||Could not resolve host: a|b", { error: "Could not resolve host: a|b" }],
  ["", { error: "no answer" }],
])("curl's %j", (output, answer) => expect(parseCurl(output)).toEqual(answer));

test.each([
  ["ok\n", "Connecting to acme.example.com\n", { status: 200 }],
  ["", "wget: server returned error: HTTP/1.1 429 Too Many Requests\n", { status: 429 }],
  ["", "2026-11-26 16:17:34 ERROR 503: Service Unavailable.\n", { status: 503 }],
  [
    "",
    "wget: can't connect to remote host: Connection refused",
    { error: "can't connect to remote host: Connection refused" },
  ],
  [
    "",
    "Resolving acme.invalid... failed: Temporary failure in name resolution.\nwget: unable",
    { error: "Temporary failure in name resolution." },
  ],
  ["", "Connecting to acme.example.com\n", { error: "no answer within 10 s" }],
])("wget's %j and %j", (stdout, stderr, answer) => expect(parseWget({ stdout, stderr })).toEqual(answer));
