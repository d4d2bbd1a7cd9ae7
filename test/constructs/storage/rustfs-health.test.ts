import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ORDERLY_RESTART } from "../../../operations/runtime/death";

const SCRIPT = resolve("constructs/storage/rustfs-health.sh");
const MIB = 2 ** 20;

interface Machine {
  readonly version?: 1 | 2 | undefined;
  /** MiB that the kernel cannot take back. */
  readonly kept: number;
  /** MiB; none: the kernel says `max`. */
  readonly limit?: number | "max";
  /** Seconds since RustFS started. */
  readonly up: number;
  /** Seconds since traffic was noted, and bytes since then. */
  readonly noted?: { readonly ago: number; readonly bytes: number };
  readonly isReady?: boolean;
}

const QUIET = { ago: 30, bytes: 40_000 };

describe("the health check of RustFS", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "health-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  /** Runs it on a machine of files. @returns its exit code, and whether it stopped RustFS */
  function check({ version = 2, kept, limit = 2048, up, noted, isReady = true }: Machine, args = ["60", "75"]) {
    const bytes = limit === "max" ? (version === 2 ? "max" : String(2 ** 63 - 4096)) : String(limit * MIB);
    const [file, folder, stat] =
      version === 2 ? ["memory.max", "", "anon"] : ["memory.limit_in_bytes", "memory/", "total_rss"];
    write(`sys/fs/cgroup/${folder}${file}`, `${bytes}\n`);
    // Page cache of the same size, which the kernel takes back, must not count.
    write(
      `sys/fs/cgroup/${folder}memory.stat`,
      `inactive_file ${kept * MIB}\n${stat} ${kept * MIB}\nfile ${kept * MIB}\n`,
    );
    const moved = 5_000_000_000;
    write(
      "proc/net/dev",
      `Inter-| Receive | Transmit\n face |bytes packets\n    lo: 999999999999 1 0 0 0 0 0 0 999999999999 1 0 0 0 0 0 0\n  eth0:${moved - 1000} 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0\n`,
    );
    write("proc/uptime", "100000.00 1\n");
    write("proc/1/stat", `1 (rust fs) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${(100_000 - up) * 100} 0 0\n`);
    write("proc/1/fd/1", "");
    write("tmp/x", "");
    if (noted)
      write("tmp/private-registry-moved", `${Math.floor(Date.now() / 1000) - noted.ago} ${moved - noted.bytes}\n`);
    write("bin/curl", `#!/bin/sh\nexit ${isReady ? 0 : 22}\n`);
    chmodSync(join(root, "bin/curl"), 0o755);
    const environment = {
      PATH: `${join(root, "bin")}:${process.env.PATH}`,
      HEALTH_ROOT: root,
      HEALTH_STOP: `touch ${root}/stopped`,
    };
    const { status, stderr } = spawnSync("sh", [SCRIPT, ...args], { env: environment, encoding: "utf8" });
    expect(stderr).toBe("");
    return { status, stopped: existsSync(join(root, "stopped")) };
  }

  const log = () => readFileSync(join(root, "proc/1/fd/1"), "utf8");

  test.each<[string, Machine, boolean]>([
    ["much kept, nothing moves", { kept: 1300, up: 4000, noted: QUIET }, true],
    ["much kept, nothing moves, cgroup v1", { version: 1, kept: 1300, up: 4000, noted: QUIET }, true],
    ["little kept", { kept: 1200, up: 4000, noted: QUIET }, false],
    ["much kept, something moves", { kept: 1300, up: 4000, noted: { ago: 30, bytes: 2 * MIB } }, false],
    ["much kept, noted a moment ago", { kept: 1300, up: 4000, noted: { ago: 10, bytes: 0 } }, false],
    ["much kept, noted long ago", { kept: 1300, up: 4000, noted: { ago: 500, bytes: 0 } }, false],
    ["much kept, never noted", { kept: 1300, up: 4000 }, false],
    ["much kept, counters began anew", { kept: 1300, up: 4000, noted: { ago: 30, bytes: -100 } }, false],
    ["much kept soon after a start", { kept: 1300, up: 600, noted: QUIET }, false],
    ["nearly all kept, something moves", { kept: 1750, up: 100, noted: { ago: 30, bytes: 2 ** 40 } }, true],
    ["nearly all kept, cgroup v1", { version: 1, kept: 1750, up: 100 }, true],
    ["nearly all kept right after a start", { kept: 1750, up: 30 }, false],
    ["no limit", { kept: 100_000, limit: "max", up: 4000, noted: QUIET }, false],
    ["no limit, cgroup v1", { version: 1, kept: 100_000, limit: "max", up: 4000, noted: QUIET }, false],
  ])("%s: stops it %s", (_, machine, stops) => {
    expect(check(machine)).toEqual({ status: 0, stopped: stops });
    if (stops) expect(JSON.parse(log()).message).toMatch(new RegExp(`^${ORDERLY_RESTART} \\d+ of 2048 MiB kept, `));
    else expect(log()).toBe("");
  });

  test("without shares it never stops RustFS", () => {
    expect(check({ kept: 2000, up: 4000, noted: QUIET }, [])).toEqual({ status: 0, stopped: false });
  });

  test("fails while RustFS is not ready, and stops nothing", () => {
    expect(check({ kept: 2000, up: 4000, noted: QUIET, isReady: false })).toEqual({ status: 1, stopped: false });
  });

  test("notes what moved, half a minute apart", () => {
    check({ kept: 10, up: 4000 });
    const note = () => readFileSync(join(root, "tmp/private-registry-moved"), "utf8");
    expect(note()).toMatch(/^\d+ 5000000000\n$/);
    check({ kept: 10, up: 4000, noted: { ago: 3, bytes: 77 } });
    expect(note()).toMatch(/ 4999999923\n$/);
    check({ kept: 10, up: 4000, noted: { ago: 26, bytes: 77 } });
    expect(note()).toMatch(/ 5000000000\n$/);
  });
});
