import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { format, type Report, reportSchema, review } from "../../../review";
import { plan, reviewed, volume } from "../builder";

const reviewPlan = (name: string): Report => {
  return review(readFileSync(join(__dirname, `../plans/${name}.json`), "utf8"), {
    environment: "prod",
    today: "2026-11-24",
  });
};

describe("text", () => {
  test("a lost volume", () =>
    expect(format(reviewPlan("volume-renamed"), "text")).toMatchInlineSnapshot(`
      "prod: ✗ data loss: 1 · ⚠ downtime: RustFS ~5 s · 1 safe
      Do not apply: data would be lost. (3 to replace, 9 unchanged)

      ✗ Volume rv-rustfs-data is deleted, an empty one named rv-rustfs-data-2 is created: everything that RustFS (rv-rustfs) stored is deleted.
        at       docker_volume.rustfs_data  [data-volume-replaced]
        cause    name: rv-rustfs-data → rv-rustfs-data-2
        instead  Take the change back. To really move: create the new volume beside the old one, copy the files, switch, remove the old one later.

      ⚠ rv-rustfs is replaced: the registry answers 503 to pushes and pulls for about 5 s. It may take up to 40 s to stop and 90 s to be healthy.
        at       docker_container.rustfs  [storage-replaced]
        cause    volumes./data: rv-rustfs-data → rv-rustfs-data-2
        instead  Apply when no pipeline runs, or announce it.

      Good to know:
        ℹ Job rv-bucket-init runs again. docker_container.bucket_init [job-runs-again]

      4 findings that this plan does not change; --details shows them.
      "
    `));
  test("a changed configuration", () =>
    expect(format(reviewPlan("config-changed"), "text")).toMatchInlineSnapshot(`
      "prod: ⚠ downtime: registry ~0.5 s · ✎ 2 configuration keys · 1 safe
      Apply only if you accept the warnings below. (2 to replace, 10 unchanged)

      ⚠ rv-distribution is replaced: clients are refused for about 0.5 s (measured). While a push or pull runs, for up to 15 s; that push may fail. It may take up to 15 s to stop and 60 s to be healthy.
        at       docker_container.distribution  [registry-replaced]
        cause    a resource in its replace_triggered_by changes, here terraform_data.distribution_config
        instead  Apply when no pipeline runs, or announce it.

      Configuration:
        log.level: info → debug
        storage.s3.chunksize: 10485760 → 33554432

      Good to know:
        ℹ rv-distribution logs at debug level. docker_container.distribution [debug-logging]

      4 findings that this plan does not change; --details shows them.
      "
    `));
  test("with every change first: losses in the open, settings below what they change", () =>
    expect(format(reviewPlan("volume-renamed"), "text", { changes: true, brief: true })).toMatchInlineSnapshot(`
      "  ± replace docker_container.bucket_init rv-bucket-init: a resource in its replace_triggered_by changes, here docker_container.rustfs
        ± replace docker_container.rustfs rv-rustfs
                  volumes./data: rv-rustfs-data → rv-rustfs-data-2
        ± replace docker_volume.rustfs_data rv-rustfs-data-2
                  name: rv-rustfs-data → rv-rustfs-data-2

      prod: ✗ data loss: 1 · ⚠ downtime: RustFS ~5 s · 1 safe
      Do not apply: data would be lost. (3 to replace, 9 unchanged)

      ✗ Volume rv-rustfs-data is deleted, an empty one named rv-rustfs-data-2 is created: everything that RustFS (rv-rustfs) stored is deleted.
        at       docker_volume.rustfs_data  [data-volume-replaced]
        cause    name: rv-rustfs-data → rv-rustfs-data-2
        instead  Take the change back. To really move: create the new volume beside the old one, copy the files, switch, remove the old one later.

      ⚠ rv-rustfs is replaced: the registry answers 503 to pushes and pulls for about 5 s. It may take up to 40 s to stop and 90 s to be healthy.
        at       docker_container.rustfs  [storage-replaced]
        cause    volumes./data: rv-rustfs-data → rv-rustfs-data-2
        instead  Apply when no pipeline runs, or announce it.
      "
    `));
  test("with the settings of a container that is replaced", () =>
    expect(format(reviewPlan("port-widened"), "text", { changes: true, brief: true })).toMatchInlineSnapshot(`
      "  ± replace docker_container.distribution rv-distribution
                  ports.5000/tcp: 127.0.0.1:28501 → 0.0.0.0:28501

      prod: ⚠ downtime: registry ~0.5 s · ⚠ 2 warnings
      Apply only if you accept the warnings below. (1 to replace, 11 unchanged)

      ⚠ Port 5000 of rv-distribution is published at 0.0.0.0:28501, until now 127.0.0.1:28501: everybody who reaches the Docker host can connect.
        at       docker_container.distribution  [port-widened]
        instead  Publish to 127.0.0.1, in a cluster as ClusterIP, and put a TLS proxy in front, unless you want exactly this.

      ⚠ Registry rv-distribution is published at 0.0.0.0:28501 without TLS.
        at       docker_container.distribution  [registry-without-tls]
        instead  Keep or set http.tls, or publish to 127.0.0.1 and put a TLS proxy in front. An Ingress needs tls with a certificate for its host.

      ⚠ rv-distribution is replaced: clients are refused for about 0.5 s (measured). While a push or pull runs, for up to 15 s; that push may fail. It may take up to 15 s to stop and 60 s to be healthy.
        at       docker_container.distribution  [registry-replaced]
        cause    ports.5000/tcp: 127.0.0.1:28501 → 0.0.0.0:28501
        instead  Apply when no pipeline runs, or announce it.
      "
    `));
  test("only outputs change", () =>
    expect(
      format(
        reviewed(plan({}, { output_changes: { url: { actions: ["update"], before: "a", after: "b" } } })),
        "text",
        {
          skipNoChanges: true,
        },
      ),
    ).toMatchInlineSnapshot(`
      "✓ only outputs change
      Can be applied.
      "
    `));
  test("a plan that failed", () =>
    expect(format(reviewPlan("prevent-destroy"), "text")).toMatchInlineSnapshot(`
    "prod: ✗ not reviewed
    Nothing was reviewed: planning failed, so this plan is only a part and cannot be applied. Terraform keeps the reason out of the file (often prevent_destroy): run terraform plan and read its error.
    "
  `));

  test("colours only when asked for", () => {
    expect(format(reviewPlan("volume-renamed"), "text")).not.toContain("\u001b[");
    expect(format(reviewPlan("volume-renamed"), "text", { colors: true })).toContain("\u001b[31m✗");
  });
});

describe("markdown", () => {
  test.each([
    "volume-renamed",
    "config-changed",
    "port-widened",
    "users-changed",
    "all-labelled",
    "fs-volume-moved",
    "create",
    "no-changes",
  ])("%s, as a reviewer reads it", async (name) => {
    await expect(format(reviewPlan(name), "markdown")).toMatchFileSnapshot(`__snapshots__/comments/${name}.md`);
  });

  test("the first line tells whose comment it is", () => {
    expect(format(reviewPlan("destroy"), "markdown").split("\n")[0]).toBe("<!-- private-registry review: prod -->");
  });

  test("the second line is what somebody approves, where something was reviewed", () => {
    const report = reviewPlan("destroy");
    expect(format(report, "markdown").split("\n")[1]).toBe(`<!-- fingerprint: ${report.fingerprint} -->`);
    expect(format(reviewPlan("prevent-destroy"), "markdown")).not.toContain("fingerprint");
  });

  test("a small limit drops details, the picture and notes, never a finding", () => {
    const report = reviewPlan("destroy");
    const short = format(report, "markdown", { maxLength: 4500 });
    expect(short.length).toBeLessThanOrEqual(4500);
    for (const { rule } of report.findings.filter(({ severity, standing }) => severity !== "info" && !standing))
      expect(short).toContain(rule);
    expect(short).toMatch(/Left out for length: .*details/);
  });

  test("whatever the limit, a comment keeps to it, and leaves out no more than it has to", () => {
    const report = reviewPlan("destroy");
    const whole = format(report, "markdown", { maxLength: 1e6 });
    for (let maxLength = 4500; maxLength < whole.length; maxLength += 97) {
      const { length } = format(report, "markdown", { maxLength });
      expect(length, String(maxLength)).toBeLessThanOrEqual(maxLength);
      // A line of details, of several lines itself, is whole or not there.
      expect(length, String(maxLength)).toBeGreaterThan(maxLength - 1500);
    }
    expect(format(report, "markdown", { maxLength: whole.length + 200 })).toBe(whole);
  });

  test("200 findings of one rule fit by being told together", () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [`docker_volume.v${n}`, { before: volume(`v${n}`) }]),
    );
    const comment = format(reviewed(plan(many)), "markdown");
    expect(comment.length).toBeLessThanOrEqual(65_536);
    expect(comment).toContain("docker_volume.v199");
  });
});

describe("json", () => {
  test.each(["volume-renamed", "destroy", "prevent-destroy", "no-changes", "users-changed"])(
    "%s fits the schema",
    (name) => {
      expect(reportSchema.parse(JSON.parse(format(reviewPlan(name), "json"))).schemaVersion).toBe("1.0");
    },
  );

  test("every key of the schema is in the documentation", () => {
    const page = readFileSync(join(__dirname, "../../../docs/review.md"), "utf8");
    for (const key of Object.keys(reportSchema.shape)) expect(page).toMatch(new RegExp(`^\\| \`${key}\` +\\|`, "m"));
  });
});
