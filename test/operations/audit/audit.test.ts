import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { audit } from "../../../operations/audit/audit";
import { DayFiles } from "../../../operations/audit/day-files";
import { distributionLog } from "../../../operations/audit/distribution-log";
import { type AuditEvent, auditLine } from "../../../operations/audit/event";
import { engineWithLog, pushed } from "./engine-with-log";

const { environment = undefined as never } = parseEnvironment("registry: { host: localhost }", "environments/lab.yaml");

const FIRST = pushed("1", "2026-11-26T23:59:50Z");
const SECOND = pushed("2", "2026-11-27T00:00:10Z");
const THIRD = pushed("3", "2026-11-27T00:00:11Z");

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "audit-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return join(path, "kept");
}

function keep(directory: string, lines: readonly string[]) {
  const { docker, asked } = engineWithLog([{ id: "a", lines }]);
  return audit(environment, docker, { follow: false, directory }, () => {}).then((written) => ({ written, asked }));
}

const tags = (directory: string, day: string) =>
  readFileSync(join(directory, `lab-${day}.jsonl`), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).tag);

describe("a folder of events", () => {
  test("has a file for each day, which only its owner reads", async () => {
    const directory = folder();
    expect((await keep(directory, [FIRST, SECOND])).written).toBe(2);
    expect(readdirSync(directory).sort()).toEqual(["lab-2026-11-26.jsonl", "lab-2026-11-27.jsonl"]);
    expect([tags(directory, "2026-11-26"), tags(directory, "2026-11-27")]).toEqual([["1"], ["2"]]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, "lab-2026-11-27.jsonl")).mode & 0o777).toBe(0o600);
  });

  test("goes on where it ends: the log is read again from a minute before, nothing is there twice", async () => {
    const directory = folder();
    await keep(directory, [FIRST, SECOND]);
    const { written, asked } = await keep(directory, [FIRST, SECOND, THIRD]);
    expect(written).toBe(1);
    expect(tags(directory, "2026-11-27")).toEqual(["2", "3"]);
    expect(asked[0]?.options.since).toBe(Date.parse("2026-11-26T23:59:10Z") / 1000);
    expect((await keep(directory, [FIRST, SECOND, THIRD])).written).toBe(0);
  });

  test("of a reader that was killed within a line: the line is written anew", async () => {
    const directory = folder();
    await keep(directory, [FIRST, SECOND, THIRD]);
    const file = join(directory, "lab-2026-11-27.jsonl");
    const whole = readFileSync(file, "utf8");
    for (const bytes of [1, 40, whole.split("\n")[1]?.length ?? 0]) {
      truncateSync(file, whole.length - bytes);
      expect((await keep(directory, [FIRST, SECOND, THIRD])).written).toBe(1);
      expect(readFileSync(file, "utf8")).toBe(whole);
    }
  });

  test("that cannot be one is said to be none", async () => {
    const directory = folder();
    writeFileSync(directory, "a file");
    await expect(keep(directory, [])).rejects.toMatchObject({
      message: `Events cannot be kept in ${directory}: EEXIST`,
      remedy: expect.stringContaining("--to DIRECTORY"),
    });
  });

  test("on a disk that is full says so, and what to do", async () => {
    const directory = folder();
    const files = await DayFiles.in(directory, "lab");
    symlinkSync("/dev/full", join(directory, "lab-2026-11-27.jsonl"));
    const write = () => files.write({ time: "2026-11-27T00:00:10Z" } as AuditEvent);
    expect(write).toThrow(
      expect.objectContaining({
        message: `Events cannot be kept in ${directory}: its disk is full`,
        remedy: expect.stringContaining("it goes on after the last event"),
      }),
    );
  });

  test("keeps what it does not understand, and other environments' files", async () => {
    const directory = folder();
    await keep(directory, [SECOND]);
    appendFileSync(join(directory, "lab-2026-11-27.jsonl"), "not ours\n");
    writeFileSync(
      join(directory, "lab-two-2026-11-28.jsonl"),
      `${auditLine({ time: "2026-11-28T00:00:00Z" } as AuditEvent)}\n`,
    );
    expect((await keep(directory, [SECOND, THIRD])).written).toBe(1);
    expect(readFileSync(join(directory, "lab-2026-11-27.jsonl"), "utf8")).toMatch(/"2".*\nnot ours\n.*"3".*\n$/);
  });
});

test("--follow goes on with the container in its place, and tells nothing twice", async () => {
  const control = new AbortController();
  const { docker, asked } = engineWithLog([
    { id: "a", lines: [FIRST, SECOND] },
    { id: "b", lines: [SECOND, THIRD] },
  ]);
  const seen: string[] = [];
  await audit(environment, docker, { follow: true, since: 5, signal: control.signal }, ({ tag = "" }) => {
    seen.push(tag);
    if (tag === "3") control.abort();
  });
  expect(seen).toEqual(["1", "2", "3"]);
  expect(asked.map(({ path }) => path)).toEqual(["/containers/a/logs?", "/containers/b/logs?"]);
});

test("--follow reads the log of a container that stopped once, and waits for what comes", async () => {
  const control = new AbortController();
  const { docker, asked } = engineWithLog([
    { id: "a", lines: [FIRST], stoppedFor: 2 },
    { id: "b", lines: [SECOND] },
  ]);
  await audit(environment, docker, { follow: true, signal: control.signal }, ({ tag }) => {
    if (tag === "2") control.abort();
  });
  expect(asked.map(({ path }) => path)).toEqual(["/containers/a/logs?", "/containers/b/logs?"]);
});

test.each([
  [{}, ["1", "2"]],
  [{ user: "alice" }, ["1"]],
  [{ user: "ali" }, []],
  [{ repository: "team/app" }, ["1"]],
  [{ repository: "te*" }, ["1", "2"]],
  [{ repository: "te" }, []],
  [{ actions: ["pull"] as const }, ["3"]],
  [{ actions: ["pull", "push"] as const }, ["1", "2", "3"]],
  [{ since: Date.parse("2026-11-27T00:00:00Z") / 1000 }, ["2"]],
])("only what is wanted: %j", async (filter, wanted) => {
  const other = pushed("2", "2026-11-27T00:00:10Z", { "auth.user.name": "bob", "vars.name": "test/it" });
  const pull = pushed("3", "2026-11-27T00:00:11Z", { "http.request.method": "GET" });
  const { docker } = engineWithLog([{ id: "a", lines: [FIRST, other, pull] }]);
  const seen: (string | undefined)[] = [];
  const all = { ...filter, follow: false };
  await audit(environment, docker, all, ({ tag }) => void seen.push(tag));
  expect(seen).toEqual(wanted);
});

describe("a line", () => {
  const read = (line: string) => distributionLog()(line);

  test("has the address without its port, and says when a header gave it", () => {
    expect(read(FIRST)).toMatchObject({ address: "2001:db8::1" });
    expect(read(FIRST)).not.toHaveProperty("forwarded");
    const forwarded = read(pushed("1", "2026-11-27T00:00:00Z", { "http.request.remoteaddr": "2001:db8::2" }));
    expect(forwarded).toMatchObject({ address: "2001:db8::2", forwarded: true });
  });

  test.each([
    "",
    "{",
    '{"msg":"response completed"}',
    '{"msg":"response completed","time":"yesterday","http.request.method":"PUT","http.request.uri":"/v2/a/manifests/b"}',
    '{"msg":5,"x":"response completed"}',
    '{"msg":"response completed","http.request.uri":"//:0:0/","http.request.method":"PUT","time":"2026-11-27T00:00:00Z"}',
    'response completed "PUT /v2/a/manifests/b"',
    '127.0.0.1 - - [x] "GET / HTTP/1.1" 404 0 "" "time=2026 msg=response completed"',
  ])("that is none of ours is none: %s", (line) => expect(read(line)).toBeUndefined());

  test("of a layer that was not there to be mounted, of an upload given up, and of a layer that came are none", () => {
    const about = (method: string, uri: string, status: number) =>
      read(
        pushed("1", "2026-11-27T00:00:00Z", {
          "http.request.method": method,
          "http.request.uri": uri,
          "http.response.status": status as never,
        }),
      )?.action;
    const uploads = "/v2/team/app/blobs/uploads/";
    expect(about("POST", `${uploads}?mount=sha256:a&from=b`, 201)).toBe("mount");
    expect(about("POST", `${uploads}?mount=sha256:a&from=b`, 202)).toBeUndefined();
    expect(about("POST", uploads, 202)).toBeUndefined();
    expect(about("DELETE", `${uploads}1234`, 204)).toBeUndefined();
    expect(about("DELETE", "/v2/team/app/blobs/sha256:a", 202)).toBe("delete");
    expect(about("PUT", `${uploads}1234?digest=sha256:a`, 201)).toBeUndefined();
    expect(about("PUT", "/v2/team/app/manifests/1", 401)).toBeUndefined();
  });

  test("of somebody who asks a registry without users whether it is one is none", () => {
    const asked = { "http.request.method": "GET", "http.request.uri": "/v2/" };
    expect(read(pushed("1", "2026-11-27T00:00:00Z", asked))?.action).toBe("login");
    expect(read(pushed("1", "2026-11-27T00:00:00Z", { ...asked, "auth.user.name": "" }))).toBeUndefined();
  });

  test.each([
    ["authorization token required", undefined],
    ["insufficient scope", "not allowed"],
    ["invalid token", "invalid token"],
    ['basic authentication challenge for realm "registry": invalid authorization credential', "no login"],
  ])("of a deletion that was refused, with «%s», says %s", (reason, result) => {
    const event = read(
      JSON.stringify({
        msg: `error authorizing context: ${reason}`,
        "http.request.method": "DELETE",
        time: "2026-11-27T00:00:00Z",
      }),
    );
    expect(event?.result).toBe(result);
  });

  test("of a wrong password without an end costs no memory without an end", () => {
    const reader = distributionLog();
    const wrong = (n: number) =>
      JSON.stringify({ msg: "user failed to authenticate", username: `user${n}`, "http.request.id": String(n) });
    const refused = (n: number) =>
      JSON.stringify({
        msg: 'error authorizing context: basic authentication challenge for realm "registry": authentication failure',
        "http.request.id": String(n),
        time: "2026-11-27T00:00:00Z",
      });
    for (let n = 0; n < 300; n++) reader(wrong(n));
    expect(reader(refused(299))?.user).toBe("user299");
    expect(reader(refused(1))?.user).toBeUndefined();
  });
});
