import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { formatDiagnostic, loadEnvironment, loadEnvironments, parseEnvironment } from "../../config";
import { environment, minimal, problems } from "./support";

const root = mkdtempSync(join(tmpdir(), "environments-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A new directory with the given files. */
function directory(files: Record<string, string | Buffer>): string {
  const path = mkdtempSync(join(root, "d-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

const reported = (path: string) =>
  loadEnvironments(path).diagnostics.map((one) => formatDiagnostic(one).replace(path, "D"));

describe("the files of the repository", () => {
  const { environments, files, diagnostics } = loadEnvironments("environments");

  test("have no problems", () => {
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  });

  test("are a local and a production environment", () => {
    expect(environments.map(({ name }) => name)).toEqual(["local", "production"]);
    expect(files.get("production")).toBe(join("environments", "production.yaml"));
  });

  test("protect the images in production, and let local ones go", () => {
    const [local, production] = environments;
    expect(local?.storage.rustfs?.volume).toEqual({ protect: false });
    expect(production?.storage.rustfs?.volume?.protect ?? true).toBe(true);
  });

  test("publish nothing but production's registry off loopback", () => {
    expect(environments.map(({ registry }) => registry.publish)).toEqual([
      { address: "127.0.0.1", port: 5000 },
      { address: "0.0.0.0", port: 443 },
    ]);
  });
});

describe("defaults", () => {
  test("make a whole environment of a host", () => {
    expect(environment(minimal(), "environments/team.yaml")).toMatchSnapshot();
  });

  test.each(["storage: { rustfs: {} }\n", ""])("are the same with %j as storage", (storage) => {
    expect(environment(minimal("", storage))).toEqual(environment(minimal()));
  });

  test("that hang on the name follow it", () => {
    const { name, state } = environment(minimal("", "name: other\n"));
    expect([name, state]).toEqual(["other", { backend: "local", path: "state/other.tfstate" }]);
  });
});

describe("a directory", () => {
  test("gives its environments in the order of their files, whatever else is in it", () => {
    const path = directory({
      "b.yaml": minimal("  publish: { port: 5001 }\n"),
      "a.yml": minimal(),
      "schema.json": "{",
      ".hidden.yaml": "::",
      "notes.txt": "x",
    });
    expect(reported(path)).toEqual([]);
    expect(loadEnvironments(path).environments.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("that is missing is a problem, not an exception", () => {
    expect(reported(join(root, "missing"))).toEqual([
      expect.stringMatching(/^D:1:1: must be a directory that can be read, do: create /),
    ]);
  });

  test("without environments is a problem", () => {
    expect(reported(directory({ "readme.md": "" }))).toEqual([
      expect.stringMatching(/^D:1:1: must hold an environment file, do: create /),
    ]);
  });

  test("that has a directory called like a file reports it", () => {
    const path = directory({});
    mkdirSync(join(path, "a.yaml"));
    expect(reported(path)).toEqual([
      expect.stringMatching(/^D\/a\.yaml:1:1: must be a file that can be read, got EISDIR, do: /),
    ]);
  });

  test("has all problems of all files reported in one go, and keeps the good ones", () => {
    const path = directory({
      "a.yaml": minimal("  realm: 5\n"),
      "b.yaml": "registry: [\n",
      "c.yaml": minimal("  prot: 1\n  publish: { port: 0 }\n"),
      "d.yaml": minimal("  publish: { port: 5001 }\n"),
    });
    expect(loadEnvironments(path).diagnostics.map(({ file, line }) => `${file.slice(-6)}:${line}`)).toEqual([
      "a.yaml:3",
      "b.yaml:2",
      "c.yaml:3",
      "c.yaml:4",
    ]);
    expect(loadEnvironments(path).environments.map(({ name }) => name)).toEqual(["d"]);
  });

  test("may not have one name as .yaml and as .yml", () => {
    const path = directory({ "a.yaml": minimal(), "a.yml": minimal("  publish: { port: 5001 }\n") });
    expect(reported(path)).toEqual([
      "D/a.yml:1:1 name: must not be the name of D/a.yaml too, got a, do: choose another name".replace(
        "of D",
        `of ${path}`,
      ),
    ]);
  });
});

describe("a file", () => {
  test("that is missing is a problem, not an exception", () => {
    expect(loadEnvironment(join(root, "no.yaml")).diagnostics).toMatchObject([{ line: 1, column: 1, got: "ENOENT" }]);
  });

  test.each([
    ["Latin-1", Buffer.from("registry:\n  host: caf\xe9\n", "latin1")],
    ["UTF-16", Buffer.from("\ufeffregistry: {}\n", "utf16le")],
    ["binary data", Buffer.from([0x89, 0x50, 0x4e, 0x47])],
  ])("in %s is refused", (_, content) => {
    const path = directory({ "a.yaml": content });
    expect(loadEnvironment(join(path, "a.yaml")).diagnostics).toMatchObject([{ rule: "must be text in UTF-8" }]);
  });

  test.each([
    ["a byte order mark", `\uFEFF${minimal("  publish: { port: 0 }\n")}`],
    ["line ends of Windows", minimal("  publish: { port: 0 }\n").replaceAll("\n", "\r\n")],
  ])("with %s has the same positions", (_, text) => {
    const path = directory({ "a.yaml": text });
    expect(loadEnvironment(join(path, "a.yaml")).diagnostics).toMatchObject([
      { line: 3, column: 20, path: "registry.publish.port" },
    ]);
  });

  test.each(["My Team.yaml", "Team.yaml", "-team.yaml", `${"a".repeat(41)}.yaml`, "größe.yaml"])(
    "called %s must set a name",
    (file) => {
      expect(problems(minimal(), file)).toEqual([
        expect.stringMatching(/^1:1 name: must be set when the file's name is not/),
      ]);
      expect(problems(minimal("", "name: team\n"), file)).toEqual([]);
    },
  );

  test.each([
    ["nothing", ""],
    ["blank lines", "\n\n"],
    ["a comment", "# nothing\n"],
    ["null", "null\n"],
    ["an open document", "---\n"],
  ])("with %s in it is empty", (_, text) => {
    expect(problems(text)).toEqual(["1:1 : must not be empty"]);
  });

  test.each([
    ["endless nesting", `a: ${"[".repeat(20_000)}`],
    ["deep nesting", minimal(`  configuration: ${"{a: ".repeat(50)}1${"}".repeat(50)}\n`)],
    [
      "aliases that multiply",
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [${"*a,".repeat(20)}]\nc: &c [${"*b,".repeat(20)}]\nd: [${"*c,".repeat(20)}]\n`,
    ],
  ])("with %s is a problem, not an exception", (_, text) => {
    expect(problems(text)).not.toEqual([]);
  });

  test.each(["__proto__", "constructor", "toString"])("with the key %s has an unknown key", (key) => {
    const { diagnostics } = parseEnvironment(`${key}: { a: 1 }\n${minimal(`  ${key}: 1\n`)}`, "a.yaml");
    expect(diagnostics.map(({ path, rule }) => `${path} ${rule}`)).toEqual([
      `${key} is not a known key`,
      `registry.${key} is not a known key`,
    ]);
  });

  test("may use anchors and merges", () => {
    const text = minimal("  labels: &common { a: b }\n", "storage:\n  rustfs:\n    labels: { <<: *common, c: d }\n");
    expect(environment(text).storage.rustfs?.labels).toEqual({ a: "b", c: "d" });
  });

  test("has `no` as a word, as YAML 1.2 says", () => {
    expect(environment(minimal("  restart: no\n")).registry.restart).toBe("no");
  });
});
