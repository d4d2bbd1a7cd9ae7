import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { alertRules } from "../../constructs/monitoring/configuration";
import { run, temporaryDirectory } from "../support/process";
import { describeWithTools } from "../support/tools";

describeWithTools("the alerting rules", ["promtool"], ({ promtool }) => {
  const directory = temporaryDirectory();
  let rules: string;
  let cases: string;

  beforeAll(() => {
    rules = join(directory(), "alerts.yml");
    cases = join(directory(), "cases.yml");
    writeFileSync(rules, alertRules("prod", true));
    copyFileSync(join(__dirname, "alert-rules.yml"), cases);
  });

  test("are rules, with RustFS and without", async () => {
    const withRustFs = await run(promtool, ["check", "rules", rules]);
    expect(withRustFs.stdout + withRustFs.stderr).toContain("SUCCESS: 18 rules found");
    const other = join(directory(), "s3.yml");
    writeFileSync(other, alertRules("prod", false));
    const without = await run(promtool, ["check", "rules", other]);
    expect(without.stdout + without.stderr).toContain("SUCCESS: 15 rules found");
  });

  test("fire when they should, and only then", async () => {
    const tested = await run(promtool, ["test", "rules", cases]);
    expect(tested.stdout + tested.stderr).toContain("SUCCESS");
    expect(tested.code).toBe(0);
  });
});
