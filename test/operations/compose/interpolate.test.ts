import { expect, test } from "vitest";
import { interpolate, parseEnvFile } from "../../../operations/compose/interpolate";

const VALUES = { A: "one", EMPTY: "", B: "two" };

// Expected values: what `docker compose config` prints.
test.each([
  ["$A and ${B}", "one and two"],
  ["$$A", "$A"],
  ["a $ b", "a $ b"],
  ["${A:-x}", "one"],
  ["${EMPTY:-x}", "x"],
  ["${EMPTY-x}", ""],
  ["${NONE-x}", "x"],
  ["${NONE:-${B:-y}}", "two"],
  ["${NONE:-${NEITHER:-y}}z", "yz"],
  ["${A:+x}", "x"],
  ["${EMPTY:+x}", ""],
  ["${EMPTY+x}", "x"],
  ["${NONE+x}", ""],
  ["${A:?must}", "one"],
  ["$NONE", ""],
])("%s becomes %j", (text, result) => {
  expect(interpolate(text, VALUES)).toBe(result);
});

test("names what has neither a value nor a default", () => {
  const absent: string[] = [];
  interpolate("$A $NONE ${OTHER} ${THIRD:-x}", VALUES, (name) => absent.push(name));
  expect(absent).toEqual(["NONE", "OTHER"]);
});

test.each([
  ["${NONE:?must be set}", "needs NONE: must be set"],
  ["${EMPTY:?}", "needs EMPTY: it has no value"],
  ["${A", "never closed"],
  ["${1A}", "no variable"],
  ["${A!}", "no variable"],
])("%s is refused", (text, message) => {
  expect(() => interpolate(text, VALUES)).toThrow(message);
});

test("reads .env", () => {
  const text =
    "# comment\nA=1\nexport B = 'two # not a comment'\nC=\"a b\" # comment\nD=x y # comment\n\nE=\nno line\nF=a=b\r\n";
  expect(parseEnvFile(text)).toEqual({ A: "1", B: "two # not a comment", C: "a b", D: "x y", E: "", F: "a=b" });
});
