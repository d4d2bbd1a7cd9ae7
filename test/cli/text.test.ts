import { describe, expect, test } from "vitest";
import { backupText, snapshotText, verifiedText } from "../../cli/render/backup";
import { checkText } from "../../cli/render/check";
import { createProgress } from "../../cli/render/progress";
import { countedText, duration, essentialText, size } from "../../cli/render/status";
import { createStyle } from "../../cli/render/style";
import { checksSummary } from "../../operations/verify/check";
import { fakeContext } from "./fake-context";

const plain = createStyle(false);

describe("checks", () => {
  test("a failure with what to do", () => {
    const check = {
      id: "push",
      title: "a push succeeds",
      status: "failed",
      detail: "HTTP 503",
      remedy: "look at the logs",
    } as const;
    expect(checkText(check, plain)).toBe("✗ a push succeeds: HTTP 503\n    → look at the logs");
  });

  test("a success without", () => {
    expect(checkText({ id: "a", title: "it works", status: "passed", remedy: "unused" }, plain)).toBe("✓ it works");
  });

  test("counted", () => {
    const checks = (["passed", "passed", "failed", "warning", "skipped"] as const).map((status) => ({ status }));
    expect(checksSummary(checks)).toBe("2 passed, 1 failed, 1 to look at, 1 skipped");
  });
});

describe("status", () => {
  test("everything that can go wrong, at most 120 wide", () => {
    const essentials = essentialText(
      {
        environment: "prod",
        url: "https://registry.example.com",
        dockerHost: "ssh://deploy@registry.example.com",
        containers: [
          {
            name: "prod-registry",
            state: "running",
            health: "healthy",
            upSeconds: 3 * 86_400 + 7200,
            restarts: 2,
            death: { cause: "killed", restarts: 2, at: "2026-11-26T15:13:11.677242464Z", exitCode: 137 },
            memoryBytes: 48_200_000,
            memoryLimitBytes: 1216 * 2 ** 20,
          },
          { name: "prod-rustfs", state: "missing", restarts: 0 },
        ],
        storage: { location: "volume prod-rustfs-data" },
        certificate: { status: "warning", message: "by R11, until 2027-01-01, 5 days left" },
        unfinished: { operation: "gc", since: "2026-11-26T18:00:00.000Z", host: "laptop" },
        late: [],
      },
      plain,
    );
    const counted = countedText(
      {
        repositories: [{ name: "team/app", tags: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"] }],
        used: { bytes: 12_345_678_901 },
        drift: ["prod-rustfs does not exist", "prod-registry: restart is no, should be always"],
      },
      plain,
    );
    const text = `${essentials}\n${counted}`;
    expect(text).toMatchInlineSnapshot(`
      "prod  https://registry.example.com  on ssh://deploy@registry.example.com

        ● prod-registry            healthy, up 3 d 2 h, 2 restarts, memory 48.2 MB of 1.3 GB
                     2026-11-26 15:13 killed without a word (exit code 137), most likely for lack of memory
                     → raise registry.uploadsAtOnce in environments/prod.yaml, then: private-registry up prod
        ● prod-rustfs              missing

        storage      volume prod-rustfs-data
        certificate  by R11, until 2027-01-01, 5 days left
        backup       none was made from this machine
        collection   cut off: read-only since 2026-11-26T18:00:00.000Z, from laptop
                     → to go on: private-registry gc prod --resume
                     → to take pushes again: private-registry gc prod --abort
        images       1 repositories, 10 tags
                     team/app: 1 2 3 4 5 6 7 8 … and 2 more
                     12.3 GB in all
        drift        prod-rustfs does not exist
                     prod-registry: restart is no, should be always"
    `);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  test.each([
    [{ bytes: 2.5e12 }, "2.5 TB in all"],
    [{ bytes: 2.5e12, part: "3 of 4" }, "2.5 TB on 3 of 4 servers; the others do not answer"],
    [{ unknown: "RustFS does not run" }, "size unknown: RustFS does not run"],
  ])("%j is what the images take", (used, text) => {
    expect(countedText({ repositories: [], used, drift: [] }, plain)).toContain(`  ${text}\n`);
  });

  test.each([
    [3.217, "3 s"],
    [59, "59 s"],
    [60, "1 min"],
    [3600, "1 h 0 min"],
    [90_000, "1 d 1 h"],
  ])("%s seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));

  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [2.5e12, "2.5 TB"],
  ])("%d bytes are %s", (bytes, text) => expect(size(bytes)).toBe(text));
});

describe("progress without a terminal", () => {
  test("ends each stage with a line, and tells what goes on every ten seconds only", () => {
    const { context, ran } = fakeContext();
    let now = 0;
    const stage = createProgress(context.io, () => now).stage("pull");
    stage.now("1 of 9 MB");
    now = 9_999;
    stage.now("2 of 9 MB");
    now = 10_000;
    stage.now("3 of 9 MB");
    now = 15_000;
    stage.now("4 of 9 MB");
    now = 61_000;
    stage.done("9 MB");
    expect(ran().err).toBe("    3 of 9 MB\n✓ pull         9 MB  1 min 1 s");
  });

  test("a failed stage has its mark", () => {
    const { context, ran } = fakeContext();
    createProgress(context.io, () => 0)
      .stage("apply")
      .failed();
    expect(ran().err).toBe("✗ apply        0.0 s");
  });
});

describe("backups", () => {
  const blob = { digest: "sha256:aa", reason: "wrong content", neededBy: ["team/app"] };
  const result = { snapshots: 2, incomplete: ["s1"], blobs: 3, bytes: 3_000_000 };

  test("a good check is said without a remedy", () => {
    const said = verifiedText("lab", "/srv/b", { ...result, damaged: [] }, false, plain);
    expect(said).toMatch(/^\/srv\/b: 2 snapshots, 3 blobs of .*\n {2}s1 is incomplete: .*$/);
  });

  test("damaged blobs, and what takes them out", () => {
    const said = verifiedText("lab", "/srv/b", { ...result, damaged: [blob] }, false, plain);
    expect(said).toContain("1 blobs are damaged:\n  sha256:aa: wrong content; needed by team/app\n");
    expect(said).toMatch(/backup verify lab --from \/srv\/b --repair --no-drill, then .* backup lab --to \/srv\/b$/);
    expect(verifiedText("lab", "/srv/b", { ...result, damaged: [blob] }, true, plain)).not.toContain("--repair");
  });

  test("a backup, with what it lacks", () => {
    const counts = { repositories: 1, tags: 2, blobs: 3, bytes: 0, newBlobs: 0, newBytes: 0 };
    const done = { ...counts, snapshot: "s1", missing: [blob], hasNewPassword: true };
    const said = backupText("lab", done, ["environments/lab.yaml"], plain).split("\n");
    expect(said).toHaveLength(5);
    expect(said[1]).toContain("environments/lab.yaml (--with-project)");
    expect(said[2]).toContain("Keep a copy of it elsewhere");
    expect(said[3]).toContain("has lost 1 blobs");
  });

  test("a snapshot on a line", () => {
    const snapshot = { repositories: { "team/app": { tags: ["1", "2"] } }, blobs: { "sha256:aa": 5 }, missing: [blob] };
    expect(snapshotText("s1", snapshot as never)).toMatch(/^s1 {2}1 repositories, 2 tags, .*, incomplete: 1 missing$/);
  });
});
