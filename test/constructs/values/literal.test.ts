import { TerraformVariable } from "cdktf";
import { expect, test } from "vitest";
import { literal } from "../../../constructs/values/literal";
import { synthesize } from "../../support/synth";

test.each([
  ["${HOME}", "$${HOME}"],
  ["%{if x}", "%%{if x}"],
  ["a $b %c {d} ${e}%{f}", "a $b %c {d} $${e}%%{f}"],
  ["$2y$05$abc", "$2y$05$abc"],
])("%s becomes %s", (text, expected) => expect(literal(text)).toBe(expected));

test("a token stays what it is", () => {
  synthesize((scope) => {
    const { stringValue } = new TerraformVariable(scope, "x", {});
    expect(literal(stringValue)).toBe(stringValue);
  });
});
