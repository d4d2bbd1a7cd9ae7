import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RULES } from "../../../review";
import { rulesTable } from "../../../scripts/reference/review-rules";
import { found } from "../builder";
import { availabilityCases } from "./availability.cases";
import { dataCases } from "./data.cases";
import { exposureCases } from "./exposure.cases";
import { hygieneCases } from "./hygiene.cases";
import { imagesCases } from "./images.cases";
import { secretsCases } from "./secrets.cases";

const CASES = {
  ...dataCases,
  ...exposureCases,
  ...secretsCases,
  ...imagesCases,
  ...availabilityCases,
  ...hygieneCases,
};
const ids = RULES.map(({ id }) => id);

describe("every rule", () => {
  test("lives in its category's folder, in the file that is named after it", () => {
    const folder = join(__dirname, "../../../review/rules");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /[/\\]/.test(file));
    const named = RULES.map(({ id, category }) => join(category, `${id}.ts`));
    expect(named.sort()).toEqual(files.sort());
    expect([...ids].sort()).toEqual(ids);
  });

  test("has a violating and a clean case", () => {
    expect(Object.keys(CASES).sort()).toEqual(ids);
  });

  test.each(ids.filter((id) => id !== "acknowledgement-expired"))(
    "%s speaks of the violating plan, not of the clean one",
    (id) => {
      const { violating, clean, policy } = CASES[id] ?? expect.fail(`no case for ${id}`);
      expect(found(violating, id, { policy })).not.toEqual([]);
      expect(found(clean, id, { policy })).toEqual([]);
    },
  );

  test("acknowledgement-expired depends on the date", () => {
    const { violating, policy } = CASES["acknowledgement-expired"] ?? expect.fail("no case");
    expect(found(violating, "acknowledgement-expired", { policy, today: "2026-11-24" })).toHaveLength(1);
    expect(found(violating, "acknowledgement-expired", { policy, today: "2026-11-23" })).toEqual([]);
  });

  test("says what, why, what to do and what it rests on, in sentences", () => {
    for (const { what, why, fix, fact } of RULES) {
      expect(what).toMatch(/^[A-Z`].*[^.]$/);
      for (const text of [why, fix, fact]) expect(text).toMatch(/^[A-Z`a-z0-9].*[.;:!]$/s);
    }
  });

  test("is in the rule table of the documentation", async () => {
    await expect(rulesTable(RULES)).toMatchFileSnapshot("../../../docs/reference/review-rules.md");
  });
});
