import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatDiagnostic, loadEnvironment } from "../../config";
import { asExpected, expected } from "./support";

// Each file is one mistake, and says in its first lines what must be reported, where. All secrets in them are hunter2.
const directory = join(__dirname, "broken");
const files = readdirSync(directory).filter((file) => file.endsWith(".yaml"));

test("there are at least a hundred broken files", () => {
  expect(files.length).toBeGreaterThanOrEqual(100);
});

test.each(files)("%s has its problems reported where they are, each in a line of one form, and no others", (file) => {
  const path = join(directory, file);
  const { environment, diagnostics } = loadEnvironment(path);

  const lines = expected(path);
  expect(lines.length).toBeGreaterThan(0);
  expect(diagnostics.map(asExpected)).toEqual(lines);
  expect(environment).toBeUndefined();
  for (const line of diagnostics.map(formatDiagnostic)) {
    expect(line).toMatch(/\.yaml:\d+:\d+(?: \S.*?)?: (?:must|is|has|needs) .*, do: [a-z]/);
    // No stack trace, word of the parser, or secret.
    expect(line).not.toMatch(/\n|\bat .*:\d+:\d+\)|Invalid input|undefined|\[object|hunter2/i);
  }
});
