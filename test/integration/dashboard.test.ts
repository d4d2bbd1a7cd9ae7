import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { panelRows } from "../../constructs/monitoring/panels";
import { run, temporaryDirectory } from "../support/process";
import { describeWithTools } from "../support/tools";

describeWithTools("the dashboard's queries", ["promtool"], ({ promtool }) => {
  const directory = temporaryDirectory();

  test("are queries", async () => {
    const queries = panelRows("prod", true).flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
    const rules = queries.map(({ expr }, n) => ({ record: `panel_${n}`, expr }));
    const file = join(directory(), "queries.yml");
    writeFileSync(file, stringify({ groups: [{ name: "dashboard", rules }] }));
    const checked = await run(promtool, ["check", "rules", file]);
    expect(checked.stdout + checked.stderr).toContain(`SUCCESS: ${queries.length} rules found`);
  });
});
