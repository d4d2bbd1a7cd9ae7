import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { environmentJsonSchema, environmentJsonSchemaText } from "../../config/json-schema";

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly properties?: Record<string, Node>;
  readonly required?: string[];
  readonly oneOf?: Node[];
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
}

const schema = environmentJsonSchema() as Node;

/** Every key of the schema, with its path. */
function keys(node: Node, path = ""): [string, Node][] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]): [string, Node][] => {
    const here = path ? `${path}.${key}` : key;
    return [[here, child], ...keys(child, here)];
  });
  const inner = [...(node.oneOf ?? []), ...(node.items ? [node.items] : [])].flatMap((child) => keys(child, path));
  return [...own, ...inner];
}

// The words that choose a branch are explained by the key around them.
const all = keys(schema).filter(([, node]) => node.const === undefined);

test("environments/schema.json is what `npm run schema` writes", () => {
  const file = join(__dirname, "../../environments/schema.json");
  expect(readFileSync(file, "utf8")).toBe(environmentJsonSchemaText());
});

test("the example files name it for editors", () => {
  for (const name of ["local", "production"]) {
    const text = readFileSync(join(__dirname, `../../environments/${name}.yaml`), "utf8");
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=schema.json");
  }
});

test("only the registry's host must be written", () => {
  expect(schema.required).toEqual(["registry"]);
  expect(schema.properties?.registry?.required).toEqual(["host"]);
});

describe.each(all)("%s", (_, node) => {
  test("is explained in sentences", () => {
    expect(node.description).toMatch(/^[A-Z].*\.$/);
  });

  test("tells its default in words, if it is a single value", () => {
    if (["string", "number", "boolean"].includes(typeof node.default)) expect(node.description).toMatch(/Default/);
  });
});

test("no unknown key passes an editor", () => {
  const open = all.filter(([, node]) => node.properties && node.additionalProperties !== false).map(([path]) => path);
  expect(open).toEqual([]);
  expect(schema.additionalProperties).toBe(false);
});
