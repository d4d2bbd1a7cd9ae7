import { mkdirSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { createProgram } from "../../cli/program";
import { Htpasswd } from "../../constructs";
import { ensureOwnUser, OWN_USER, readLogin } from "../../operations/registry/login";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { inFolder } from "../operations/in-folder";
import { fakeContext, runProgram } from "./fake-context";

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

/** A project with these users. */
async function project(...names: string[]): Promise<void> {
  mkdirSync("environments");
  writeFileSync("environments/lab.yaml", "registry: { host: localhost }\n");
  for (const name of names) await runProgram("users", "add", "lab", name);
}

const users = () => Htpasswd.parse(readSecrets(secretsPath("lab")).registry_htpasswd ?? "");

test("add takes no name that is there, passwd and remove none that is not", async () => {
  await project("alice");
  const before = users().toString();
  for (const [verb, name, message, remedy] of [
    ["add", "alice", "alice exists already", "private-registry users passwd lab alice"],
    ["passwd", "bob", "There is no user bob", "private-registry users add lab bob"],
  ] as const) {
    expect((await runProgram("users", verb, "lab", name)).error).toMatchObject({ message, remedy });
  }
  expect((await runProgram("users", "remove", "lab", "bob")).error).toBeDefined();
  expect(users().toString()).toBe(before);
});

test("a generated password is printed and works; another one takes its place", async () => {
  await project();
  const first = (await runProgram("users", "add", "lab", "alice")).out;
  const second = (await runProgram("users", "passwd", "lab", "alice")).out;
  expect(first).toMatch(/^[A-Za-z0-9]{24}$/);
  expect([users().verifies("alice", first), users().verifies("alice", second)]).toEqual([false, true]);
  expect((await runProgram("users", "list", "lab")).out).toBe("alice");
});

test.each(["remove", "passwd"])(
  "%s of the user that verify logs in as forgets the password that is kept for that",
  async (verb) => {
    await project("alice");
    expect(ensureOwnUser("lab")).toBe(true);
    expect(readLogin("lab", {})?.user).toBe(OWN_USER);
    await runProgram("users", verb, "lab", "alice");
    expect(readLogin("lab", {})?.user).toBe(OWN_USER);
    await runProgram("users", verb, "lab", OWN_USER);
    expect(readLogin("lab", {})).toBeUndefined();
  },
);
