import { describe, expect, test } from "vitest";
import { Failure } from "../../operations/failure";
import { runProgram } from "./fake-context";

const PLANS = "test/review/plans";

describe("review", () => {
  test("of a plan that loses data ends with 2 and says so first", async () => {
    const { out, code } = await runProgram("review", `${PLANS}/volume-renamed.json`);
    expect(out).toMatch(/^✗ data loss: 1/);
    expect(code).toBe(2);
  });

  test("of a changed configuration ends with 0, or with 2 for those who fail on warnings", async () => {
    const plan = `${PLANS}/config-changed.json`;
    expect(await runProgram("review", plan)).toMatchObject({ code: 0, out: expect.stringContaining("info → debug") });
    expect(await runProgram("review", plan, "--fail-on", "warning")).toMatchObject({ code: 2 });
  });

  test("of a plan without changes can be silent", async () => {
    const plan = `${PLANS}/no-changes.json`;
    expect((await runProgram("review", plan)).out).toContain("no changes");
    expect(await runProgram("review", plan, "--skip-no-changes")).toMatchObject({ out: "", code: 0 });
  });

  test("names the environment in a comment", async () => {
    const { out } = await runProgram("review", `${PLANS}/create.json`, "--format", "markdown", "--environment", "prod");
    expect(out.split("\n")[0]).toContain("prod");
  });

  test("without a plan reviews what every environment is", async () => {
    const { out, code } = await runProgram("review");
    expect(out).toContain("Data volume local-rustfs-data is not protected");
    expect(out).toContain("production: ");
    expect(code).toBe(0);
  });

  test("of a folder reviews every stack that CDKTF wrote there", async () => {
    await runProgram("synth");
    const { out, code } = await runProgram("review", "cdktf.out");
    expect(out).toMatch(/^local: .*\n[\s\S]*^production: /m);
    expect(code).toBe(0);
    expect((await runProgram("review", "docs")).error).toMatchObject({ message: "docs holds no synthesized stack" });
  });

  test.each([
    [["review", "nowhere"], "there is no file and no environment nowhere"],
    [["review", "production"], "There is no saved plan of production"],
    [["review", `${PLANS}/create.json`, "--policy", "nowhere.yaml"], "there is no file nowhere.yaml"],
  ])("%j is explained", async (args, message) => {
    const { error } = await runProgram(...args);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).toBe(message);
  });

  test("of what is no plan ends with 1 and says why", async () => {
    const { out, code } = await runProgram("review", "package.json");
    expect(code).toBe(1);
    expect(out).toMatch(/plan/);
  });
});
