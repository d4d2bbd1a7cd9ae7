import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostic, loadEnvironment } from "../../config";
import { asExpected, expected } from "./support";

// Each file is one mistake, and says in its first lines what must be reported, where. All secrets in them are hunter2.
const directory = join(__dirname, "broken");
const files = readdirSync(directory).filter((file) => file.endsWith(".yaml"));

test("there are at least a hundred broken files", () => {
  expect(files.length).toBeGreaterThanOrEqual(100);
});

describe.each(files)("%s", (file) => {
  const path = join(directory, file);
  const { environment, diagnostics } = loadEnvironment(path);

  test("has its problems reported where they are, and no others", () => {
    const lines = expected(path);
    expect(lines.length).toBeGreaterThan(0);
    expect(diagnostics.map(asExpected)).toEqual(lines);
    expect(environment).toBeUndefined();
  });

  test("is explained in lines of one form, without stack traces, parser's words and secrets", () => {
    for (const line of diagnostics.map(formatDiagnostic)) {
      expect(line).toMatch(/\.yaml:\d+:\d+(?: \S.*?)?: (?:must|is|has|needs) .*, do: [a-z]/);
      expect(line).not.toMatch(/\n|\bat .*:\d+:\d+\)|Invalid input|undefined|\[object|hunter2/i);
    }
  });
});
