import { resolve } from "node:path";
import { expect, test } from "vitest";
import { commandLineReference } from "../../scripts/reference/command-line";
import { constructsReference } from "../../scripts/reference/constructs";
import { environmentReference } from "../../scripts/reference/environment";

// `npm run reference` writes these pages; so does `npm run snapshots`.
test.each([
  ["constructs.md", constructsReference],
  ["environment.md", environmentReference],
  ["command-line.md", commandLineReference],
])("docs/reference/%s says what the sources say", { timeout: 60_000 }, async (file, generate) => {
  await expect(await generate()).toMatchFileSnapshot(resolve("docs/reference", file));
});
