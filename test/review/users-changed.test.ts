import { describe, expect, test } from "vitest";
import { found, plan } from "./builder";

const hash = (letter: string) => `$2y$05$${letter.repeat(53)}`;
const users = (content: string) => ({ name: "users", must_run: false, upload: [{ file: "/in/htpasswd", content }] });
const [ALICE, BOB] = [`alice:${hash("a")}`, `bob:${hash("b")}`];
const TWO = `${ALICE}\n${BOB}\n`;

const findings = (before: string | undefined, after: string, marked = true) =>
  found(
    plan({
      "docker_container.users": {
        ...(before !== undefined && { before: users(before) }),
        after: users(after),
        ...(marked && { beforeSensitive: { upload: true }, afterSensitive: { upload: true } }),
      },
    }),
    "users-changed",
  );

describe("users that were joined to one line are locked out, and the review says so", () => {
  test.each([
    ["a blank", " "],
    ["nothing", ""],
    ["a line break of two characters", "\\n"],
    ["a comma", ","],
  ])("by %s", (_, joint) => {
    for (const marked of [true, false]) {
      const [finding] = findings(TWO, `${ALICE}${joint}${BOB}`, marked);
      expect(finding).toMatchObject({ severity: "error", message: expect.stringMatching(/line 1 is not one user's/) });
      expect(finding?.message).toMatch(/removed: .*`bob`/);
      expect(JSON.stringify(finding)).not.toMatch(/\$2y|aaaa|bbbb/);
    }
  });

  test("in the first plan too", () => {
    expect(findings(undefined, `${ALICE} ${BOB}`)).toMatchObject([{ severity: "error" }]);
    expect(findings(undefined, TWO)).toEqual([]);
  });

  test("and not again while nothing changes, nor for line breaks of Windows", () => {
    expect(findings(`${ALICE} ${BOB}`, `${ALICE} ${BOB}\n`)).toEqual([]);
    expect(findings(TWO, TWO.replaceAll("\n", "\r\n"))).toEqual([]);
  });
});

test("another password alone is information, another user a warning", () => {
  expect(findings(TWO, `${ALICE}\nbob:${hash("c")}\n`)).toMatchObject([{ severity: "info" }]);
  expect(findings(TWO, ALICE)).toMatchObject([{ severity: "warning", message: "Users: removed: `bob`." }]);
});
