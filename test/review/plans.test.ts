import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FORMATS, format, type Report, review } from "../../review";

const FOLDER = join(__dirname, "plans");
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.replace(".json", ""));

/** What the stacks were given as secrets, in clear text in their plans. */
const SECRETS = [
  "rvAccessKey7Q2M9X",
  "rvSecretKey-4f0c1d2e3b5a69788796a5b4c3d2e1f0",
  "rvHttpSecret-c0ffee11deadbeef22",
  "rvPlainPassword-1122334455",
  "fs-http-secret-9f8e7d6c",
  "rv-mod-password-5544332211",
  "$2y$05$rvrv",
];

const read = (name: string) => readFileSync(join(FOLDER, `${name}.json`), "utf8");
const reviewPlan = (name: string): Report => review(read(name), { environment: "prod", today: "2026-11-24" });

describe("real plans", () => {
  test("headlines", () => {
    const lines = NAMES.map((name) => {
      const { headline, exitCode, problem } = reviewPlan(name);
      return `${name}: [${exitCode}] ${headline}${problem ? ` (${problem.slice(0, 70)})` : ""}`;
    });
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "acme-renamed: [0] ⚠ downtime: registry ~0.5 s · ⚠ 1 warning
      all-labelled: [0] ⚠ downtime: registry ~10 s, RustFS ~5 s · ⚠ 1 warning · 2 safe
      auth-removed: [2] ✗ exposure: 1 · ⚠ downtime: registry ~0.5 s · ✎ 2 configuration keys · 1 safe
      bucket-changed: [2] ✗ data left behind: 1 · ⚠ downtime: registry ~0.5 s · ✎ 1 configuration key · 1 safe
      bucket-job-wipes: [2] ✗ data loss: 1
      check-fails: [0] ⚠ 1 warning
      config-changed: [0] ⚠ downtime: registry ~0.5 s · ✎ 2 configuration keys · 1 safe
      container-stopped: [0] ⚠ 1 warning
      create: [0] ✓ 12 to create: nothing at risk
      destroy: [2] ✗ everything is destroyed · ✗ data loss: 1 · ✗ availability: 2 · ⚠ 2 warnings
      drift-memory: [0] ⚠ 1 warning
      fs-anonymous-replaced: [2] ✗ data loss: 1 · ⚠ downtime: registry ~0.5 s · ✎ 1 configuration key
      fs-auth-removed: [2] ✗ exposure: 1 · ⚠ downtime: registry ~0.5 s · ⚠ 1 warning · ✎ 4 configuration keys
      fs-create: [0] ⚠ 1 warning · 3 safe
      fs-env-changed: [0] ⚠ downtime: registry ~0.5 s · ✎ 1 configuration key
      fs-network-replaced: [0] ⚠ downtime: registry ~0.5 s · ⚠ 1 warning
      fs-unused-volume-removed: [2] ✗ data loss: 1
      fs-volume-dropped: [2] ✗ data left behind: 1 · ✗ data: 1 · ⚠ downtime: registry ~0.5 s
      fs-volume-moved-and-replaced: [2] ✗ data loss: 1 · ⚠ downtime: registry ~0.5 s · ✎ 1 configuration key
      fs-volume-moved: [2] ✗ data loss: 1 · 1 safe
      fs-volume-renamed: [2] ✗ data loss: 1 · ⚠ downtime: registry ~0.5 s
      healthcheck-changed: [0] ⚠ 1 warning
      host-directory: [2] ✗ data left behind: 1 · ⚠ downtime: RustFS ~5 s · 1 safe
      image-downgraded: [0] ⚠ downtime: registry ~3 s · ⚠ 2 warnings · 2 safe
      image-latest: [0] ⚠ downtime: RustFS ~5 s · ⚠ 2 warnings · 1 safe
      image-upgraded: [0] ⚠ downtime: registry ~3 s · 2 safe
      job-removed: [0] ⚠ 1 warning
      kubernetes-budget-removed: [0] ⚠ 1 warning
      kubernetes-budget-widened: [0] ⚠ 1 warning
      kubernetes-claim-moved: [2] ✗ data loss: 1 · 1 safe
      kubernetes-claim-removed: [2] ✗ data loss: 1
      kubernetes-claims-grown: [0] ✓ 4 to update: nothing at risk
      kubernetes-claims-protected: [1] ✗ not reviewed (planning failed, so this plan is only a part and cannot be applied. Te)
      kubernetes-claims-shrunk: [2] ✗ data loss: 4
      kubernetes-configuration-changed: [0] ✎ 1 configuration key · ✓ 2 to update: nothing at risk
      kubernetes-configuration-unnoticed: [0] ⚠ 1 warning
      kubernetes-create: [0] ✓ 14 to create: nothing at risk
      kubernetes-destroy: [2] ✗ everything is destroyed · ✗ data loss: 4 · ✗ availability: 2
      kubernetes-from-docker: [2] ✗ data loss: 1 · ✗ data left behind: 1 · ✗ availability: 2 · 13 safe
      kubernetes-host-path: [2] ✗ exposure: 2
      kubernetes-image-unpinned: [0] ✓ 1 to update: nothing at risk
      kubernetes-ingress-host-changed: [0] ⚠ 1 warning
      kubernetes-ingress-without-tls: [2] ✗ exposure: 1 · ⚠ 1 warning
      kubernetes-memory-lowered: [0] ⚠ 2 warnings
      kubernetes-memory-unlimited: [0] ⚠ 1 warning
      kubernetes-namespace-changed: [2] ✗ data loss: 4 · ⚠ downtime: registry ~12 s, RustFS ~6 s · ⚠ 1 warning · 8 safe
      kubernetes-network-policy-removed: [2] ✗ exposure: 1
      kubernetes-network-policy-widened: [2] ✗ exposure: 1
      kubernetes-no-changes: [0] ✓ no changes
      kubernetes-nodes-changed: [2] ✗ data left behind: 1 · ⚠ downtime: RustFS ~6 s
      kubernetes-privileged: [2] ✗ exposure: 1 · ⚠ 2 warnings
      kubernetes-registry-load-balancer: [0] ⚠ 2 warnings
      kubernetes-registry-node-port: [0] ⚠ 2 warnings
      kubernetes-registry-recreated: [0] ⚠ downtime: registry ~6 s · ✎ 1 configuration key · 1 safe
      kubernetes-registry-replaced: [0] ⚠ downtime: registry ~6 s
      kubernetes-rustfs-image: [0] ✓ 1 to update: nothing at risk
      kubernetes-rustfs-published: [2] ✗ exposure: 1
      kubernetes-rustfs-replaced: [0] ⚠ downtime: RustFS ~6 s
      kubernetes-scaled-down: [0] ⚠ 1 warning
      kubernetes-scaled-to-zero: [2] ✗ availability: 1
      kubernetes-secret-in-env: [0] ⚠ 1 warning
      kubernetes-storage-class-changed: [2] ✗ data loss: 4
      kubernetes-users-changed: [0] ⚠ 1 warning
      memory-changed: [0] ✓ 1 to update: nothing at risk
      mod-create: [0] ⚠ 6 warnings · 4 safe
      mod-instance-removed: [2] ✗ data loss: 1 · ✗ availability: 1
      mod-no-changes: [0] ✓ no changes
      mod-volume-renamed: [2] ✗ data loss: 2 · ⚠ 2 warnings
      network-internal-dropped: [0] ✓ no changes
      network-internal-false: [2] ✗ exposure: 1 · ⚠ downtime: registry ~8 s, RustFS ~5 s · ⚠ 2 warnings · 1 safe
      no-changes: [0] ✓ no changes
      password-in-env: [0] ⚠ downtime: RustFS ~5 s · ⚠ 1 warning · 1 safe
      perpetual-memory-swap: [0] ⚠ 2 warnings · 1 safe
      port-widened: [0] ⚠ downtime: registry ~0.5 s · ⚠ 2 warnings
      precondition-fails: [1] ✗ not reviewed (planning failed, nothing can be applied. docker_volume.acme: the uploa)
      prevent-destroy: [1] ✗ not reviewed (planning failed, so this plan is only a part and cannot be applied. Te)
      readonly-on: [0] ⚠ downtime: registry ~0.5 s · ⚠ 1 warning · ✎ 1 configuration key · 1 safe
      replace-requested: [0] ⚠ downtime: registry ~0.5 s
      rustfs-port-published: [2] ✗ exposure: 1 · ⚠ downtime: RustFS ~5 s · 1 safe
      rustfs-replaced: [0] ⚠ downtime: RustFS ~5 s · 1 safe
      rustfs-stopped: [0] ⚠ 1 warning · 1 safe
      secret-in-env: [0] ⚠ downtime: RustFS ~5 s · ⚠ 1 warning · 1 safe
      tainted: [0] ⚠ 1 warning
      targeted: [0] ⚠ downtime: RustFS ~5 s · ⚠ 1 warning
      users-changed: [0] ⚠ 1 warning
      v3-container-stopped: [0] ⚠ 5 warnings
      v3-no-changes: [0] ✓ no changes
      v3-volume-renamed: [2] ✗ data loss: 1 · ⚠ downtime: registry ~0.5 s
      volume-forgotten: [0] ✓ 1 to forget: nothing at risk
      volume-labelled: [2] ✗ data loss: 1
      volume-moved-block: [0] ✓ no changes
      volume-moved: [2] ✗ data loss: 1 · 1 safe
      volume-renamed: [2] ✗ data loss: 1 · ⚠ downtime: RustFS ~5 s · 1 safe"
    `);
  });

  /** Where the files of a volume or container are gone, or would be as soon as Docker no longer refuses. */
  const LOSES = [
    "bucket-job-wipes",
    "destroy",
    "fs-anonymous-replaced",
    "fs-unused-volume-removed",
    "fs-volume-moved",
    "fs-volume-moved-and-replaced",
    "fs-volume-renamed",
    "kubernetes-claim-moved",
    "kubernetes-claim-removed",
    "kubernetes-claims-shrunk",
    "kubernetes-destroy",
    "kubernetes-from-docker",
    "kubernetes-namespace-changed",
    "kubernetes-storage-class-changed",
    "mod-instance-removed",
    "mod-volume-renamed",
    "volume-labelled",
    "volume-moved",
    "volume-renamed",
    "v3-volume-renamed",
  ];

  test.each(NAMES)("%s: «data loss» stands in the headline exactly when data would be lost", (name) => {
    expect(reviewPlan(name).headline.includes("data loss")).toBe(LOSES.includes(name));
  });

  test("the secrets are in the fixtures and in no format", () => {
    const plans = NAMES.map(read).join("\n");
    for (const secret of SECRETS) expect(plans).toContain(secret);
    for (const name of NAMES) {
      const report = reviewPlan(name);
      const printed = FORMATS.map((as) => format(report, as, { details: true })).join("\n") + JSON.stringify(report);
      for (const secret of SECRETS) expect(printed, name).not.toContain(secret);
    }
  });

  test("a plan with `null_resource` instead of `terraform_data` says the same", () => {
    const plan = JSON.parse(read("config-changed"));
    const data = plan.resource_changes.find((entry: { type: string }) => entry.type === "terraform_data");
    data.type = "null_resource";
    data.address = "null_resource.distribution_config";
    for (const side of ["before", "after"]) data.change[side] = { triggers: data.change[side].triggers_replace };
    const report = review(JSON.stringify(plan));
    expect(report.configuration).toEqual(
      reviewPlan("config-changed").configuration.map((change) => ({
        ...change,
        address: "null_resource.distribution_config",
      })),
    );
  });

  test("no change is one line, or nothing", () => {
    expect(format(reviewPlan("no-changes"), "text").split("\n")[0]).toBe("prod: ✓ no changes");
    expect(format(reviewPlan("no-changes"), "text", { skipNoChanges: true })).toBe("");
    expect(format(reviewPlan("no-changes"), "markdown", { skipNoChanges: true })).toBe("");
  });
});
