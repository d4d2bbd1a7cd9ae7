import { describe, expect, test } from "vitest";
import { formatDiagnostic, formatPath, show } from "../../config/diagnostic";

const port = {
  file: "environments/prod.yaml",
  line: 12,
  column: 9,
  path: "registry.publish.port",
  rule: "must be 1–65535",
  fix: "choose a free port of the host, e.g. 443",
};

test("a diagnostic is one line with place, rule, value and remedy", () => {
  expect(formatDiagnostic({ ...port, got: "70000" })).toBe(
    "environments/prod.yaml:12:9 registry.publish.port: must be 1–65535, got 70000, do: choose a free port of the host, e.g. 443",
  );
});

test("a diagnostic of a whole file has no key, and need not have a value", () => {
  expect(formatDiagnostic({ ...port, path: "" })).toBe(
    "environments/prod.yaml:12:9: must be 1–65535, do: choose a free port of the host, e.g. 443",
  );
});

describe("a path", () => {
  test.each([
    [[], ""],
    [["registry", "tls", "hosts", 0], "registry.tls.hosts[0]"],
    [["labels", "com.example.a"], 'labels["com.example.a"]'],
    [["registry", "headers", "X-A", 1], "registry.headers.X-A[1]"],
    [["labels", "https://a:hunter2@b"], 'labels["(hidden)"]'],
  ])("%j is written %j", (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe("a value", () => {
  test.each([
    [undefined, "nothing"],
    [null, "an empty value"],
    [[], "an empty list"],
    [["hunter2"], "a list of 1"],
    [{ password: "hunter2" }, "a mapping"],
    [70000, "70000"],
    [true, "true"],
    ["a\nb", '"a\\nb"'],
    ["x".repeat(60), `"${"x".repeat(60)}"`],
    ["x".repeat(61), `"${"x".repeat(57)}…"`],
    ["https://alice:hunter2@example.com", "(hidden)"],
  ])("%j is shown as %s", (value, text) => {
    expect(show(value)).toBe(text);
  });
});
