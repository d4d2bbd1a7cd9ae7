import { describe, expect, test } from "vitest";
import { found, plan, registry, reviewed, rustfs, volume } from "./builder";

const lost = plan({
  "docker_volume.data": { before: volume("data"), after: volume("data2"), replacePaths: [["name"]] },
  "docker_container.store": {
    before: rustfs(),
    after: rustfs({ volumes: [{ volume_name: "data2", container_path: "/data" }] }),
  },
});

const accept = (more: string) =>
  `acknowledge:\n  - rule: data-volume-replaced\n    reason: the lab is rebuilt every night\n${more}`;

describe("review.yaml", () => {
  test("an acknowledged finding no longer decides, and is still told", () => {
    const report = reviewed(lost, { policy: accept("    address: docker_volume.*\n") });
    expect(report.exitCode).toBe(0);
    expect(report.headline).toBe("✗ data loss accepted: 1 · ⚠ downtime: RustFS ~3 s");
    expect(report.findings.find(({ rule }) => rule === "data-volume-replaced")?.acknowledged).toBe(
      "the lab is rebuilt every night",
    );
  });

  test.each([
    ["docker_volume.data", 0],
    ["*.data", 0],
    ["*", 0],
    ["docker_*.d*a", 0],
    ["docker_volume.dat", 2],
    ["data", 2],
    ["docker_volume.data*x", 2],
  ])("address %s → exit code %i", (address, exitCode) => {
    expect(reviewed(lost, { policy: accept(`    address: "${address}"\n`) }).exitCode).toBe(exitCode);
  });

  test("it counts up to its last day", () => {
    const policy = accept("    until: 2026-11-24\n");
    expect(reviewed(lost, { policy }).exitCode).toBe(0);
    const later = reviewed(lost, { policy, today: "2026-11-25" });
    expect(later.exitCode).toBe(2);
    expect(later.findings.map(({ rule }) => rule)).toContain("acknowledgement-expired");
  });

  test("severities are changed, or rules switched off", () => {
    expect(reviewed(lost, { policy: "severities: { data-volume-replaced: warning }" }).exitCode).toBe(0);
    expect(found(lost, "data-volume-replaced", { policy: "severities: { data-volume-replaced: 'off' }" })).toEqual([]);
  });

  test("every problem is told at once", () => {
    const policy = "acknowledge:\n  - rule: data-volume-replaced\n    reason: no\n    until: tomorrow\nextra: 1\n";
    expect(reviewed(lost, { policy }).problem).toMatchInlineSnapshot(`
      "review.yaml: acknowledge.0.reason: must say why, in at least 10 characters
      acknowledge.0.until: Invalid ISO date
      file: Unrecognized key: "extra""
    `);
  });

  test.each(["acknowledge: [{ rule: nonsense, reason: long enough here }]", "severities: { nonsense: info }"])(
    "an unknown rule is refused: %s",
    (policy) => {
      expect(reviewed(lost, { policy })).toMatchObject({
        exitCode: 1,
        problem: expect.stringContaining("there is no rule 'nonsense'"),
      });
    },
  );

  test("an empty file is a policy", () => expect(reviewed(lost, { policy: "" }).exitCode).toBe(2));
});

describe("exit code", () => {
  const warned = plan({ "docker_container.reg": { after: registry({ restart: "no" }) } });

  test.each([
    ["error", 0],
    ["warning", 2],
    ["info", 2],
  ] as const)("fail on %s → %i", (failOn, exitCode) => expect(reviewed(warned, { failOn }).exitCode).toBe(exitCode));

  test("what was so before is told, not counted", () => {
    const values = registry({ restart: "no" });
    const report = reviewed(plan({ "docker_container.reg": { before: values, after: values } }), { failOn: "info" });
    expect(report.exitCode).toBe(0);
    expect(report.findings).toMatchObject([{ rule: "no-restart-policy", standing: true }]);
  });
});
