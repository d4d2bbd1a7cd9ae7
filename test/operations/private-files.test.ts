import type * as Fs from "node:fs";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Failure } from "../../operations/failure";
import { writePrivateFile } from "../../operations/private-files";
import { readSecrets, secretsPath, writeSecrets } from "../../operations/secrets/file";
import { initSecrets } from "../../operations/secrets/secrets";
import { inFolder } from "./in-folder";

/** How the file system treats permission bits: as it should, refusing to set them (exFAT), or pretending to (WSL). */
const bits = vi.hoisted(() => {
  // Files share their modules: those that were loaded before know the real file system only.
  vi.resetModules();
  return { kind: "kept" as "kept" | "refused" | "pretended" };
});
afterAll(() => void vi.resetModules());

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  return {
    ...fs,
    chmodSync: (...args: Parameters<typeof fs.chmodSync>) => {
      if (bits.kind === "refused") throw Object.assign(new Error("operation not permitted"), { code: "EPERM" });
      if (bits.kind === "kept") fs.chmodSync(...args);
    },
    statSync: (path: string) => {
      const stats = fs.statSync(path);
      return bits.kind === "kept" ? stats : Object.assign(stats, { mode: stats.mode | 0o777 });
    },
  };
});

const PATH = secretsPath("lab");

describe.each(["refused", "pretended"] as const)("on a file system whose permission bits are %s", (kind) => {
  inFolder();
  beforeEach(() => {
    bits.kind = kind;
    return () => {
      bits.kind = "kept";
    };
  });

  const failure = (run: () => unknown): Failure => {
    try {
      run();
    } catch (error) {
      return error as Failure;
    }
    throw new Error("nothing failed");
  };

  test("no secret is written, and it is said why and what to do", () => {
    for (const run of [() => initSecrets(PATH, ["registry_htpasswd"]), () => writePrivateFile("plan.json", "secret")]) {
      const { message, remedy } = failure(run);
      expect(message).toMatch(/without permission bits \(a Windows drive in WSL, exFAT\)/);
      expect(remedy).toMatch(/home directory/);
      expect(remedy).not.toMatch(/chmod/);
    }
    expect(existsSync("plan.json")).toBe(false);
    expect(readdirSync("secrets")).toEqual([".gitignore"]);
  });

  test("a file that is there is not asked to be closed for ever", () => {
    mkdirSync("secrets");
    writeFileSync(PATH, "{}");
    expect(failure(() => readSecrets(PATH)).remedy).not.toMatch(/chmod/);
    expect(readdirSync("secrets")).toEqual(["lab.tfvars.json"]);
  });
});

describe("on any other", () => {
  inFolder();

  test("an open file is one that a person can close", () => {
    writeSecrets(PATH, { a: "b" });
    chmodSync(PATH, 0o644);
    expect(() => readSecrets(PATH)).toThrow(/can be read by other users/);
  });
});
