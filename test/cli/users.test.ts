import { mkdirSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { createProgram } from "../../cli/program";
import { Htpasswd } from "../../constructs";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { inFolder } from "../operations/in-folder";
import { fakeContext } from "./fake-context";

inFolder();

test.each([
  ["in the middle", "one two", false],
  ["at its end", "secret ", true],
  ["at its beginning", "\tsecret", true],
  ["only the line break", "secret\n", false],
])("a password with a blank %s", async (_, given, warned) => {
  mkdirSync("environments");
  writeFileSync("environments/lab.yaml", "registry: { host: localhost }\n");
  const { context, ran } = fakeContext();
  const process = Object.create(globalThis.process, { stdin: { value: Readable.from([given]) } });
  const args = ["users", "add", "lab", "bob", "--password-stdin"];
  await createProgram({ ...context, process }).parseAsync(args, { from: "user" });
  expect(ran().err.includes("begins or ends with a blank")).toBe(warned);
  const users = Htpasswd.parse(readSecrets(secretsPath("lab")).registry_htpasswd ?? "");
  expect(users.verifies("bob", given.replace(/\n$/, ""))).toBe(true);
});
