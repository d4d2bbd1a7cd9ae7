import { environmentJsonSchema } from "../../config/json-schema";
import { cell, GENERATED, table } from "./markdown";

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly propertyNames?: Node;
  readonly oneOf?: readonly Node[];
  readonly items?: Node;
}

/** Every key of an environment file, from the schema that editors use: a section for each top-level key. */
export function environmentReference(): string {
  const schema = environmentJsonSchema() as Node;
  const keys = Object.entries(schema.properties ?? {});
  const scalars = keys.filter(([, node]) => !isSection(node));
  const sections = keys.filter(([, node]) => isSection(node));
  const required = new Set(schema.required);
  return [
    "# Environment files",
    GENERATED,
    "One file in `environments/` is one environment. Unknown keys are errors, and so are secrets. What is required is said; everything else may be left out.",
    "## Top level",
    rows(scalars, (name) => name, required),
    ...sections.flatMap(([name, node]) => [`## ${name}`, node.description ?? "", ...describe(name, node)]),
    "",
  ].join("\n\n");
}

/** The tables of a section: its own keys, then a table for each alternative and each part that has parts. */
function describe(path: string, node: Node): string[] {
  if (node.oneOf) {
    return node.oneOf.flatMap((branch) => {
      const [tag = "", { const: value = "" } = {}] =
        Object.entries(branch.properties ?? {}).find(([, one]) => one.const) ?? [];
      const others = Object.entries(branch.properties ?? {}).filter(([name]) => name !== tag);
      const title = `### ${path}, ${tag} ${value}`;
      const required = new Set(branch.required);
      return others.length === 0
        ? [title, `No further keys.`]
        : [title, rows(others, (name) => `${path}.${name}`, required)];
    });
  }
  const entries = Object.entries(node.properties ?? {});
  const own = entries.filter(([, inner]) => !isSection(inner));
  const parts = entries.filter(([, inner]) => isSection(inner));
  const required = new Set(node.required);
  return [
    ...(own.length > 0 ? [rows(own, (name) => `${path}.${name}`, required)] : []),
    ...parts.flatMap(([name, inner]) => {
      const list = inner.items?.properties ? "[]" : "";
      const inside = inner.items?.properties ? inner.items : inner;
      return [`### ${path}.${name}${list}`, inner.description ?? "", ...describe(`${path}.${name}${list}`, inside)];
    }),
  ];
}

/** Whether a key has keys that are known. */
function isSection(node: Node): boolean {
  return node.properties !== undefined || node.oneOf !== undefined || node.items?.properties !== undefined;
}

function rows(entries: [string, Node][], path: (name: string) => string, required: ReadonlySet<string>): string {
  return table(
    ["key", "value", "meaning"],
    entries.map(([name, node]) => [
      `\`${path(name)}\`${required.has(name) && /No default/.test(node.description ?? "") ? " (required)" : ""}`,
      values(node),
      cell(node.description ?? ""),
    ]),
  );
}

function values(node: Node): string {
  if (node.enum)
    return node.enum.length > 9 ? `one of ${node.enum.length} names` : node.enum.map((one) => `\`${one}\``).join(", ");
  if (node.type === "array") {
    const size = node.minItems === undefined ? "" : ` of ${node.minItems}–${node.maxItems}`;
    return `list${size}`;
  }
  if (node.type === "object") return node.propertyNames ? "mapping" : "section";
  if (node.minimum !== undefined) return `${node.type === "integer" ? "" : "number "}${node.minimum}–${node.maximum}`;
  return { string: "text", boolean: "`true`, `false`" }[node.type ?? ""] ?? node.type ?? "any";
}
