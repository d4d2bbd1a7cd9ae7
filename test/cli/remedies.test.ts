import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { howCalled } from "../../cli/called";
import { createWholeProgram } from "../../cli/program";
import { callAs, command } from "../../operations/command";
import { KNOWN_FAILURES } from "../../operations/known-failures";
import { fakeContext } from "./fake-context";

let program: Command;
beforeAll(async () => {
  program = await createWholeProgram(fakeContext().context);
  for (const one of commandsOf(program)) one.action(() => {});
});

function commandsOf(command: Command): Command[] {
  // One with commands of its own may do something itself, too: `backup`.
  const self = command.commands.length === 0 || command.registeredArguments.length > 0 ? [command] : [];
  return [...self, ...command.commands.flatMap(commandsOf)];
}

/** Parses a command line as the program does, and does nothing then. @throws CommanderError */
function parse(line: string): void {
  const words = [...line.matchAll(/'([^']*)'|\S+/g)]
    .map(([word, quoted]) => quoted ?? word)
    // A number that a person decides.
    .map((word) => (word === "N" ? "1" : word));
  expect(words[0]).toBe("private-registry");
  try {
    program.parse(words.slice(1), { from: "user" });
  } catch (error) {
    // Help ends the program, too.
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

const FOLDERS = ["operations", "cli", "config", "stacks", "review", "plan"];
const sources = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name)),
).filter((file) => file !== "operations/command.ts");

interface Named {
  /** Every call of `command`, its arguments as far as they are written out; others stand for a name. */
  readonly calls: string[][];
  /** Texts that name the program: parts of templates too, comments not. */
  readonly mentions: string[];
}

/** How a file names commands. */
function namedIn(file: string): Named {
  const named: Named = { calls: [], mentions: [] };
  const text = readFileSync(file, "utf8");
  if (!/\bcommand\(|private-registry [a-z]/.test(text)) return named;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === "command") {
      // What is spread are options; their names are looked at where they stand.
      const written = node.arguments.filter((one) => !ts.isSpreadElement(one));
      named.calls.push(written.map((one) => (ts.isStringLiteralLike(one) ? one.text : "lab")));
    }
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isText && /private-registry [a-z]/.test(node.text)) named.mentions.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return named;
}

const all = sources.map((file) => ({ file, ...namedIn(file) }));
const written = new Set(all.flatMap(({ calls }) => calls.map((args) => JSON.stringify(args))));

test("there are remedies to look at", () => expect(written.size).toBeGreaterThan(40));

test.each([...written])("%s is understood", (text) => {
  const [name, ...args] = JSON.parse(text) as [string, ...string[]];
  parse((command as (...all: string[]) => string)(name, ...args));
});

/** What names the program and is no remedy: help, a file's comment, an index that a person adapts. */
const NO_REMEDY: Readonly<Record<string, RegExp>> = {
  "cli/program.ts": /^\nFirst time:/,
  "cli/commands/secrets.ts": /./,
  "cli/main.ts": /please report it/,
  "operations/new-environment.ts": /^# No secret belongs in here/,
  // On another machine, where it was installed in a folder.
  "cli/render/bundle.ts": /^ {2}npx private-registry bundle load $/,
  "stacks/summary.ts": /^npx private-registry up $/,
  "config/secrets.ts": /secrets init ENV/,
  "config/schema/retention.ts": /^Which tags `private-registry retention` removes/,
  "config/schema/registry.ts": /cache trim` bounds the size/,
  "review/formats/markdown.ts": /private-registry review:/,
};

test("commands are built by a function, everywhere", () => {
  const texts = all.flatMap(({ file, mentions }) =>
    mentions.filter((text) => !NO_REMEDY[file]?.test(text)).map((text) => `${file}: ${text}`),
  );
  expect(texts).toEqual([]);
});

describe("the program is called in a remedy as it was called", () => {
  const folder = mkdtempSync(join(tmpdir(), "called-"));
  writeFileSync(join(folder, "private-registry"), "", { mode: 0o755 });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ["from a PATH of the person's", { PATH: folder }, "private-registry"],
    ["by a path, from a checkout", { PATH: "/nowhere" }, "npx private-registry"],
    [
      "by npx, or npm start, which put it on a PATH of theirs",
      { PATH: folder, npm_command: "exec" },
      "npx private-registry",
    ],
  ])("%s", (_, env, expected) => {
    expect(howCalled({ env })).toBe(expected);
    callAs(expected);
    onTestFinished(() => callAs("private-registry"));
    expect(command("plan", "lab")).toBe(`${expected} plan lab`);
  });
});

describe("the parser that judges", () => {
  test.each([
    "private-registry logs",
    "private-registry up",
    "private-registry lgos lab",
    "private-registry down lab --deletedata",
    "private-registry secrets lab",
    "private-registry verify lab extra",
  ])("refuses %s", (line) => expect(() => parse(line)).toThrow(CommanderError));

  test("takes a name that a shell would break", () => {
    expect(command("users add", "lab", "a b")).toBe("private-registry users add lab 'a b'");
    expect(command("users add", "lab", "it's")).toBe("private-registry users add lab 'it'\\''s'");
    parse(command("users add", "lab", "a b"));
  });
});

test("known failures name their environment whenever they name a command", () => {
  const context = { environment: "prod", dockerHost: "unix:///var/run/docker.sock" };
  for (const { id, explain } of KNOWN_FAILURES) {
    const { remedy } = explain(
      Object.assign([""], { index: 0, input: "", groups: {} }) as unknown as RegExpExecArray,
      context,
    );
    for (const [line] of remedy.matchAll(/private-registry [^;,`(]*/g)) {
      expect(line, id).toMatch(/ prod\b|registry (lock|init|bundle load)\b/);
    }
  }
});
