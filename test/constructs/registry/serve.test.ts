import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { READ_ONLY_MARKER, serveCommand, serveFile, settleSeconds } from "../../../constructs/registry/serve";
import { findProgram } from "../../../operations/find-program";
import { eventually, RunningProcess, temporaryDirectory } from "../../support/process";

const SCRIPT = resolve("constructs/registry/serve.sh");
const SLEEP = findProgram("sleep", process.env.PATH);
const TIMES = { drainTimeoutSeconds: 1, stopTimeoutSeconds: 80 };

const path = temporaryDirectory();

/** A registry that is a script. */
function write(script: string): Record<string, string> {
  mkdirSync(path("bin"), { recursive: true });
  writeFileSync(path("bin/registry"), `#!/bin/sh\n${script}\n`);
  chmodSync(path("bin/registry"), 0o755);
  return { PATH: `${path("bin")}:${process.env.PATH}` };
}

describe("the command of the registry's container", () => {
  /** Runs it with a registry that says how it was started, the marker in another place. */
  function start(marked: boolean): string {
    const environment = write(
      'echo "$* [$REGISTRY_STORAGE_MAINTENANCE_READONLY]"; tr "\\\\0" "\\\\n" < /proc/$PPID/environ',
    );
    const marker = path(marked ? "bin/registry" : "nothing");
    const [shell = "", ...args] = serveCommand({
      configurationFile: "/etc/some file.yml",
      debugPort: 5001,
      ...TIMES,
    }).map((word) => word.replace(READ_ONLY_MARKER, marker).replace(serveFile().path, SCRIPT));
    return execFileSync(shell, args, { env: environment, encoding: "utf8" });
  }

  test("serves the registry", () => {
    const said = start(false);
    expect(said).toMatch(/^serve \/etc\/some file\.yml \[\]\n/);
    expect(said).not.toContain("READONLY=");
  });

  test("with the marker it is read-only, and its first process says so to who looks", () => {
    expect(start(true)).toMatch(
      /^serve \/etc\/some file\.yml \[\{enabled: true\}\]\n[\s\S]*^REGISTRY_STORAGE_MAINTENANCE_READONLY=\{enabled: true\}$/m,
    );
  });

  test("has the configuration file as a word of its own, which the review of plans looks for", () => {
    const words = serveCommand({ configurationFile: "/etc/distribution/config.yml", debugPort: 5001, ...TIMES });
    expect(words.slice(-3)).toEqual(["5001", "74", "/etc/distribution/config.yml"]);
  });

  test("comes with its script", () => {
    expect(serveFile().content).toBe(readFileSync(SCRIPT, "utf8"));
  });

  test.each([
    [1, 80, 74],
    [20, 30, 5],
    [20, 25, 0],
    [0, 1, 0],
  ])(
    "drained for %i s and killed after %i s: %i s with its port open",
    (drainTimeoutSeconds, stopTimeoutSeconds, seconds) => {
      expect(settleSeconds({ debugPort: 1, drainTimeoutSeconds, stopTimeoutSeconds })).toBe(seconds);
    },
  );
});

describe("a registry that is told to stop", () => {
  let served: RunningProcess | undefined;
  afterEach(async () => {
    await served?.stop("SIGKILL");
  });

  /** As the debug server tells it: the question's own connection, idle ones, and requests. */
  const profile = (requests: number, idle: number) =>
    [
      "goroutine profile: total 20",
      ...(requests > 0
        ? [
            `${requests} @ 0x48d94e 0x44f1d7`,
            "#\t0xd5c32b\tgithub.com/distribution/distribution/v3/registry/handlers.(*blobUploadHandler).PatchBlobData+0x88b\t/a.go:1",
            "#\t0xd56114\tgithub.com/distribution/distribution/v3/registry/handlers.(*App).ServeHTTP+0x2f4\t/app.go:2",
            "#\t0x74a52f\tnet/http.(*conn).serve+0x68f\t/usr/local/go/src/net/http/server.go:2067",
            "",
          ]
        : []),
      ...(idle > 0
        ? [
            `${idle} @ 0x48d94e`,
            "#\t0x745438\tnet/http.(*conn).readRequest+0x178\t/s.go:998",
            "#\t0x74a2b3\tnet/http.(*conn).serve+0x413\t/s.go:1989",
            "",
          ]
        : []),
      "1 @ 0x44b7d1",
      "#\t0x7998b9\tnet/http/pprof.Index+0xd9\t/p.go:397",
      "#\t0x74a52f\tnet/http.(*conn).serve+0x68f\t/s.go:2067",
      "",
    ].join("\n");

  /** Starts it. @param looks what each look at the debug server shows, the last one for ever; nothing: it does not answer */
  async function serve(looks: readonly string[], seconds: number, registry = "") {
    // Ends by itself, should the test fail.
    const loop = "trap 'echo stopped; exit 7' TERM; echo serving; for n in $(seq 200); do sleep 0.05; done";
    const environment = write(registry || loop);
    for (const [n, text] of looks.entries()) writeFileSync(path(`look-${n}`), text);
    writeFileSync(path("looks"), "0");
    writeFileSync(
      path("bin/wget"),
      `#!/bin/sh
test "$*" = "-Y off -q -O - http://127.0.0.1:5001/debug/pprof/goroutine?debug=1" || exit 2
n=$(cat ${path("looks")})
echo $((n + 1)) >${path("looks")}
[ "$n" -lt ${looks.length} ] || n=${looks.length - 1}
cat ${path("look-$n")}
`,
    );
    chmodSync(path("bin/wget"), 0o755);
    // A second of nothing is four looks, whatever is between them.
    writeFileSync(path("bin/sleep"), `#!/bin/sh\nexec ${SLEEP} 0.1\n`, { mode: 0o755 });
    const process = new RunningProcess("sh", [SCRIPT, "5001", String(seconds), "/etc/config.yml"], { environment });
    served = process;
    await eventually("it serves", async () => process.stdout.includes("serving"));
    return process;
  }

  const looked = () => Number(readFileSync(path("looks"), "utf8"));

  async function stop({ pid, ended }: RunningProcess) {
    process.kill(pid, "SIGTERM");
    const { code, stdout } = await ended;
    return { code, stdout };
  }

  test("stops at once when nobody is connected, with the registry's own exit code", async () => {
    expect(await stop(await serve([profile(0, 0)], 60))).toEqual({ code: 7, stdout: "serving\nstopped\n" });
    expect(looked()).toBe(1);
  });

  test("waits for requests that run, and for the next ones of the same push", async () => {
    // Uploads, a moment in which nothing runs, another one; then a connection that is only kept.
    const looks = [3, 3, 0, 0, 2, 0].map((requests) => profile(requests, 1));
    const { code, stdout } = await stop(await serve(looks, 60));
    expect(code).toBe(7);
    expect(stdout).toMatch(
      /^serving\n\{"time":"[^"]+Z","level":"info","msg":"asked to stop: until 3 requests have ended, for 60 s at most, the port stays open"\}\nstopped\n$/,
    );
    expect(looked()).toBe(9);
  });

  test("stops when they have had their time, and says what it cuts", async () => {
    const { code, stdout } = await stop(await serve([profile(2, 0)], 1));
    expect(code).toBe(7);
    expect(stdout).toContain('"level":"warning","msg":"stopping, and 2 requests have not ended within 1 s"');
  });

  test("without time for them it looks at nothing: another registry has taken its place, and Distribution ends what runs", async () => {
    expect(await stop(await serve([profile(2, 0)], 0))).toEqual({ code: 7, stdout: "serving\nstopped\n" });
    expect(looked()).toBe(0);
  });

  test("does not wait for a connection that is only kept", async () => {
    await stop(await serve([profile(0, 5)], 60));
    expect(looked()).toBe(4);
  });

  test("does not wait when there is no debug server", async () => {
    expect(await stop(await serve([], 60))).toEqual({ code: 7, stdout: "serving\nstopped\n" });
  });

  test("obeys at once who says it twice", async () => {
    const served = await serve([profile(1, 0)], 600);
    process.kill(served.pid, "SIGTERM");
    await eventually("it looks", async () => looked() > 1);
    expect(await stop(served)).toMatchObject({ code: 7 });
  });

  test("that ends by itself ends the container with its code", async () => {
    const { ended } = await serve([], 600, "echo serving; sleep 0.2; exit 3");
    expect((await ended).code).toBe(3);
  });

  test("that is killed ends the container as if it had been", async () => {
    const { ended } = await serve([], 600, "echo serving; kill -9 $$");
    expect((await ended).code).toBe(137);
  });
});
