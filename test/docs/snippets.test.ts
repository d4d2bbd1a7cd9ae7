import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { Context } from "../../cli/context";
import { createWholeProgram } from "../../cli/program";
import { formatDiagnostic, parseEnvironment } from "../../config";
import { knownKeysAt } from "../../config/known-keys";
import { typeCheck } from "../support/type-check";
import { pages, type Snippet, snippets } from "./markdown";

const all = pages().flatMap(snippets);
const of = (...languages: string[]) =>
  all
    .filter(({ language, file }) => languages.includes(language) && !file.startsWith("docs/reference/"))
    .map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const);

test("every block says its language, or is a picture", () => {
  const known = [
    "",
    "ts",
    "yaml",
    "sh",
    "console",
    "text",
    "json",
    "typescript",
    "mermaid",
    "hcl",
    "nginx",
    "caddyfile",
    "ini",
    "diff",
  ];
  expect(
    all
      .filter(({ language }) => !known.includes(language))
      .map(({ file, line, language }) => `${file}:${line} ${language}`),
  ).toEqual([]);
});

describe("TypeScript", () => {
  // Below the project, so that packages are found as a user's are.
  const folder = resolve("node_modules/.cache/docs-snippets");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("all of it is type-checked", { timeout: 60_000 }, () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [where, { text }] of of("ts")) {
      writeFileSync(join(folder, `${where.replace(/\W+/g, "_")}.ts`), `${text}\nexport {};\n`);
    }
    const paths = { "cdktf-private-registry": [resolve("constructs/index.ts")] };
    const compilerOptions = { paths, noUnusedLocals: false, rootDir: resolve(".") };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: resolve("tsconfig.json"), compilerOptions, include: ["*.ts"], exclude: [] }),
    );
    expect(typeCheck(join(folder, "tsconfig.json"))).toBe("");
  });
});

describe("YAML", () => {
  test.each(of("yaml"))("%s", (_, { text }) => {
    for (const document of parseAllDocuments(text)) expect(document.errors).toEqual([]);
    // A part of a file keeps its indentation; below `registry:` it can be checked as a whole.
    const indent = /^ */.exec(text)?.[0].length ?? 0;
    if (indent > 2) return;
    const data = parse(indent === 2 ? `registry:\n${text}` : text, { merge: true });
    const keys = Object.keys(data ?? {});
    const isEnvironment = keys.length > 0 && keys.every((key) => ENVIRONMENT_KEYS.includes(key));
    if (!isEnvironment) {
      expect(text, "a file of another kind says its name in the first line, or has keys of its own").toMatch(
        OTHER_FILE,
      );
      return;
    }
    const { tls } = data.registry ?? {};
    const host = tls?.url ? new URL(tls.url).hostname : (tls?.hosts?.[0] ?? "localhost");
    const whole = { ...data, registry: { host, ...data.registry } };
    const { diagnostics } = parseEnvironment(stringify(whole), "environments/page.yaml");
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  });
});

const ENVIRONMENT_KEYS = knownKeysAt([], {});
const OTHER_FILE = /^# \S+\.ya?ml|^(?:services|http|tls|severities|acknowledge|scrape_configs|entryPoints|providers):/m;

test("JSON is JSON", () => {
  for (const [where, { text }] of of("json")) expect(() => JSON.parse(text), where).not.toThrow();
});

let program: Command;
beforeAll(async () => {
  program = await createWholeProgram({ io: {}, exit: () => {}, process: {} } as unknown as Context);
});

describe("shell", () => {
  test("all of them are scripts", () => {
    // One shell asks for all: a process each took longer than everything else here.
    const scripts = of("sh").map(([where, { text }]) => [
      "if ! sh -n <<'END-OF-SNIPPET'",
      text,
      "END-OF-SNIPPET",
      `then echo '${where}'; fi`,
    ]);
    expect(scripts.length).toBeGreaterThan(50);
    expect(
      execFileSync("sh", { input: scripts.flat().join("\n"), encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] }),
    ).toBe("");
  });

  // A session: what is typed begins with a dollar sign.
  const typed = of("console").map(([where, snippet]) => {
    const lines = snippet.text.split("\n").filter((line) => line.startsWith("$ "));
    return [where, { ...snippet, text: lines.map((line) => line.slice(2)).join("\n") }] as const;
  });

  test.each([...of("sh"), ...typed])("%s calls what exists", (_, snippet) => {
    expect(
      commandsOf(snippet)
        .filter((words) => !isKnown(words))
        .map((words) => words.join(" ")),
    ).toEqual([]);
  });

  function isKnown(words: string[]): boolean {
    const [first = "", ...rest] = words;
    if (first === "npx" && rest[0] === "private-registry") return isOurs(program, rest.slice(1));
    if (first === "npm" && rest[0] === "run") return (rest[1] ?? "") in scripts;
    return KNOWN.has(first);
  }

  const { scripts } = JSON.parse(execFileSync("cat", ["package.json"], { encoding: "utf8" })) as {
    scripts: Record<string, string>;
  };

  /** Whether the command line has that command, with those options and no more arguments than it takes. */
  function isOurs(command: Command, words: string[]): boolean {
    const [name = "", ...rest] = words;
    const inner = command.commands.find((one) => one.name() === name);
    if (inner) return isOurs(inner, rest);
    if (command.commands.length > 0 && command.registeredArguments.length === 0)
      return /^--(?:help|version)$/.test(name);
    const flags = words.filter((word) => word.startsWith("--")).map((word) => word.split("=")[0]);
    const valued = command.options.filter((option) => option.required && words.includes(option.long ?? "")).length;
    const values = words.filter((word) => !word.startsWith("-") || word === "-").length - valued;
    const most = command.registeredArguments.some((one) => one.variadic)
      ? Number.POSITIVE_INFINITY
      : command.registeredArguments.length;
    const known = ["--help", ...command.options.map((option) => option.long)];
    return flags.every((flag) => known.includes(flag)) && values <= most;
  }
});

/** Programs that a reader has, or is told to have. */
const KNOWN = new Set(
  "npm npx node cd docker docker-compose terraform tofu git sh skopeo crane curl openssl export gzip pass htpasswd eval chmod chown mkdir cp mv rm cat echo ssh sudo apt-get brew go oras regctl caddy nginx certbot CHECKPOINT_DISABLE=1 systemctl kill tee sed grep .ci/run age tar kubectl".split(
    " ",
  ),
);

/** The commands of a script, each as its words; good enough for what a page shows. */
function commandsOf({ text }: Snippet): string[][] {
  return text
    .replace(/\\\n/g, " ")
    .split("\n")
    .map((line) =>
      line
        .replace(/(^|\s)#.*$/, "")
        .replace(/'[^']*'|"(?:\$\([^)]*\)|[^"])*"/g, "x")
        .replace(/\$\([^)]*\)/g, "x"),
    )
    .flatMap((line) => line.split(/\s*(?:&&|\|\||\||;)\s*/))
    .map((command) =>
      command
        .replace(/\s*\d?>{1,2}\s*\S+/g, "")
        .replace(/\s*<\s*\S+/g, "")
        .trim(),
    )
    .filter((command) => command !== "")
    .map((command) => command.match(/"[^"]*"|'[^']*'|\S+/g) ?? []);
}
