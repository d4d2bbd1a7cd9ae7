import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { environmentJsonSchema, environmentJsonSchemaText } from "../../config/json-schema";

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
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

test("there are as many keys as the walk must find", () => {
  expect(all.length).toBeGreaterThan(120);
});

test("every key is explained in sentences", () => {
  expect(all.filter(([, { description }]) => !/^[A-Z].*\.$/.test(description ?? "")).map(([path]) => path)).toEqual([]);
});

test("every key says what happens without it", () => {
  // Of a section, its keys have the defaults.
  const values = all.filter(([, { properties }]) => properties === undefined);
  const silent = values.filter(([, { description = "" }]) => !/[Dd]efault|[Rr]equired/.test(description));
  expect(silent.map(([path]) => path)).toEqual([]);
});

test("a default that is one value is told by its value", () => {
  const single = all.filter(([, node]) => ["string", "number", "boolean"].includes(typeof node.default));
  const untold = single.filter(([, node]) => !node.description?.includes(`Default ${node.default}`));
  expect(single.length).toBeGreaterThan(40);
  expect(untold.map(([path, node]) => `${path} ${node.default}`)).toEqual([]);
});

test("bounds that are told are the bounds", () => {
  const told = all.flatMap(([path, { description = "", minimum, maximum }]) => {
    const [, min, max] = /(\d+)–(\d+)(?: MiB)?[.;]/.exec(description) ?? [];
    return min === undefined || minimum === undefined ? [] : [[path, Number(min), Number(max), minimum, maximum]];
  });
  expect(told.length).toBeGreaterThan(15);
  expect(told.filter(([, min, max, minimum, maximum]) => min !== minimum || max !== maximum)).toEqual([]);
});

test("no unknown key passes an editor", () => {
  const open = all.filter(([, node]) => node.properties && node.additionalProperties !== false).map(([path]) => path);
  expect(open).toEqual([]);
  expect(schema.additionalProperties).toBe(false);
});
