import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import {
  forgetPlan,
  planFiles,
  preparePlanFolder,
  readPlanRecord,
  recordPlan,
  requireSamePlan,
  staleReasons,
} from "../../../operations/deploy/saved-plan";
import { inFolder } from "../in-folder";

const INPUTS = { configHash: "abc", secrets: { registry_htpasswd: "one", registry_http_secret: "two" } };
const files = planFiles("prod");

describe("a saved plan", () => {
  inFolder();
  beforeEach(() => {
    preparePlanFolder("prod");
    writeFileSync(files.plan, "a plan", { mode: 0o600 });
    recordPlan("prod", INPUTS, true, new Date(0));
  });

  test("is read back with what it was made from", () => {
    expect(readPlanRecord("prod")).toMatchObject({
      environment: "prod",
      createdAt: "1970-01-01T00:00:00.000Z",
      changes: true,
    });
  });

  test("holds while nothing changed", () => {
    expect(staleReasons(readPlanRecord("prod"), INPUTS)).toEqual([]);
  });

  test("does not hold when environment or secrets changed, and says which", () => {
    const secrets = { registry_htpasswd: "other", registry_http_secret: "two", added: "three" };
    expect(staleReasons(readPlanRecord("prod"), { configHash: "other", secrets })).toEqual([
      "what environments/ (or this program, or a certificate's file) says about prod changed",
      "secrets changed: registry_htpasswd, added",
    ]);
  });

  test("holds where a secret is not at hand, as on another machine", () => {
    expect(staleReasons(readPlanRecord("prod"), { configHash: "abc", secrets: {} })).toEqual([]);
  });

  test("is refused when its file was changed", () => {
    appendFileSync(files.plan, "x");
    expect(() => readPlanRecord("prod")).toThrow(/is not the plan that was shown/);
  });

  test("is refused when another one was made, or it was removed, while somebody looked at it", () => {
    const shown = readPlanRecord("prod");
    writeFileSync(files.plan, "another plan");
    recordPlan("prod", INPUTS, true, new Date(1));
    expect(() => requireSamePlan(shown)).toThrow(/is not the plan that was shown; nothing was applied/);
    forgetPlan("prod");
    expect(() => requireSamePlan(shown)).toThrow(/is not the plan that was shown/);
  });

  test("is refused when its record was changed", () => {
    writeFileSync(files.record, "{}");
    expect(() => readPlanRecord("prod")).toThrow(/is not what plan wrote/);
  });

  test("is gone once forgotten", () => {
    forgetPlan("prod");
    expect(Object.values(files).filter(existsSync)).toEqual([]);
    expect(() => readPlanRecord("prod")).toThrow(/no saved plan of prod/);
  });

  test("is for its owner's eyes, holds no secret in its record, and git ignores it", () => {
    expect(statSync(files.record).mode & 0o777).toBe(0o600);
    expect(statSync(".private-registry/prod").mode & 0o777).toBe(0o700);
    expect(readFileSync(files.record, "utf8")).not.toMatch(/"one"|"two"/);
    expect(readFileSync(".private-registry/.gitignore", "utf8")).toBe("*\n");
  });
});
