import { Readable } from "node:stream";
import type Docker from "dockerode";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { audit } from "../../../operations/audit/audit";
import { auditLine } from "../../../operations/audit/event";
import { limitsOfLog } from "../../../operations/audit/reach";
import { tokenLog } from "../../../operations/audit/token-log";
import type { DockerConnection } from "../../../operations/docker/docker";
import { frame, pushed } from "./engine-with-log";

const RIGHTS = "registry: { host: localhost }\naccess: { rules: [{ repository: a, who: [alice], may: [pull] }] }";
const { environment = undefined as never } = parseEnvironment(RIGHTS, "environments/lab.yaml");

const said = (text: string, time = "2026-11-27T10:00:00.000000001Z") =>
  `${time} W1127 10:00:00.000000       1 server.go:493] ${text}`;
const refused = (request: string, time?: string) => said(`Auth failed: ${request}`, time);

function eventOf(...lines: string[]) {
  const read = tokenLog();
  return lines.map((line) => read(line)).findLast((event) => event !== undefined);
}

describe("a login that the token server refused", () => {
  test("is told with its user, address and repository", () => {
    expect(eventOf(refused("{alice:***@192.0.2.7:4711 [{repository  team/app [pull push]}]}"))).toEqual({
      time: "2026-11-27T10:00:00.000Z",
      action: "failed",
      user: "alice",
      repository: "team/app",
      address: "192.0.2.7",
      result: "wrong user or password",
      status: 401,
      id: "2026-11-27T10:00:00.000000001Z",
    });
    expect(eventOf(refused("{alice:***@[2001:db8::1]:4711 []}"))).toMatchObject({ address: "2001:db8::1" });
    expect(eventOf(refused("{alice:@192.0.2.7:4711 []}"))).toMatchObject({ user: "alice" });
  });

  test("has no name when nobody is called so: it may be a password", () => {
    const request = "{hunter2:***@192.0.2.7:4711 []}";
    const event = eventOf(said(`${request} did not match any authn rule`), refused(request));
    expect(event).toMatchObject({ action: "failed", address: "192.0.2.7" });
    expect(JSON.stringify(event)).not.toContain("hunter2");
  });

  test("cannot name another address by the name, nor a repository that none can be", () => {
    const name = "x:***@203.0.113.9:1 []} {y";
    expect(eventOf(refused(`{${name}:***@192.0.2.7:4711 []}`))).toMatchObject({ address: "192.0.2.7" });
    const odd = eventOf(refused("{alice:***@192.0.2.7:4711 [{repository  a?password=b [pull]}]}"));
    expect(odd?.repository).toBeUndefined();
  });

  test.each([
    refused("{:@192.0.2.7:4711 [{repository  team/app [pull]}]}"),
    said("Bad request: invalid scope"),
    "2026-11-27T10:00:00Z I1127 10:00:00.000000       1 server.go:424] New token for {alice:***@192.0.2.7:4711 []} map[]: {}",
    "Auth failed: {alice:***@192.0.2.7:4711 []}",
  ])("is not: %s", (line) => {
    expect(eventOf(line)).toBeUndefined();
  });
});

describe("with rights", () => {
  /** An engine with these containers; only what is in `asked` was read. */
  function engine(logs: Readonly<Record<string, readonly string[]>>) {
    const asked: string[] = [];
    const dial = (
      { path, options }: { path: string; options: { follow: boolean; timestamps: boolean } },
      answered: (error: Error | null, result?: unknown) => void,
    ) => {
      const name = path.split("/")[2] ?? "";
      asked.push(`${name} ${options.follow ? "on" : "whole"} ${options.timestamps ? "with times" : "as it is"}`);
      answered(null, Readable.from((logs[name] ?? []).map((line) => frame(2, `${line}\n`))));
    };
    const inspect = (Id: string) => async () => {
      if (logs[Id] === undefined) throw Object.assign(new Error("no such container"), { statusCode: 404 });
      const HostConfig = { LogConfig: { Type: "local", Config: {} } };
      return { Id, HostConfig, Created: "2026-11-27T09:00:00Z", State: { Running: true, StartedAt: Id } };
    };
    const client = { modem: { dial }, getContainer: (name: string) => ({ inspect: inspect(name) }) };
    return { docker: { client: client as unknown as Docker, host: "unix:///engine" } as DockerConnection, asked };
  }
  const LOGS = {
    "lab-registry": [pushed("1", "2026-11-27T10:00:00Z"), pushed("3", "2026-11-27T10:00:02Z")],
    "lab-token": [
      refused("{alice:***@192.0.2.7:4711 []}", "2026-11-27T10:00:01Z"),
      refused("{bob:***@192.0.2.7:4711 []}", "2026-11-27T10:00:03Z"),
    ],
  };
  const EVENTS = ["push 1", "failed alice", "push 3", "failed bob"];

  test("both logs are read as one, in the order of time", async () => {
    const { docker, asked } = engine(LOGS);
    const seen: string[] = [];
    await audit(environment, docker, { follow: false }, ({ action, tag, user }) =>
      seen.push(`${action} ${tag ?? user}`),
    );
    expect(seen).toEqual(EVENTS);
    expect(asked.sort()).toEqual(["lab-registry whole as it is", "lab-token whole with times"]);
  });

  test("--follow goes on with both, and tells nothing twice", async () => {
    const { docker, asked } = engine(LOGS);
    const control = new AbortController();
    const lines: string[] = [];
    const ended = audit(environment, docker, { follow: true, signal: control.signal }, (event) => {
      lines.push(auditLine(event));
    });
    await expect.poll(() => asked.filter((one) => one.includes(" on ")).length).toBe(2);
    control.abort();
    await ended;
    expect(lines).toHaveLength(EVENTS.length);
  });

  test("a token server that is not there yet hides nothing else, and is told of", async () => {
    const { docker } = engine({ "lab-registry": LOGS["lab-registry"] });
    const seen: (string | undefined)[] = [];
    await audit(environment, docker, { follow: false }, ({ tag }) => seen.push(tag));
    expect(seen).toEqual(["1", "3"]);
    const [, says] = await limitsOfLog(environment, docker);
    expect(says).toBe("There is no container lab-token. Failed logins with a wrong password are recorded only there.");
  });
});
