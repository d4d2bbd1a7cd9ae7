import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Diagnostic, Finding, KeyPath } from "./diagnostic";
import { formatPath, hideSecret, show } from "./diagnostic";

/** A YAML file that was read: its data, and where in the text each key is. */
export class Source {
  public readonly file: string;
  /** The file's content as plain data. */
  public readonly data: unknown;
  private readonly document: Document;
  private readonly lines: LineCounter;

  constructor(file: string, data: unknown, document: Document, lines: LineCounter) {
    this.file = file;
    this.data = data;
    this.document = document;
    this.lines = lines;
  }

  /** Puts a finding in its place: at the value, or at the nearest key above it that the file has. */
  public diagnose({ path, rule, got, fix, at, near = [] }: Finding): Diagnostic {
    const places = [path, ...near].map((one) => this.find(one, at ?? "value"));
    const { offset } = places.find(({ complete }) => complete) ?? this.find(path, "key");
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line, column: col, path: formatPath(path), rule, got: got && hideSecret(got), fix };
  }

  /** Where a path leads in the text, as far as the file has it. */
  private find(path: KeyPath, at: "key" | "value"): { offset: number; complete: boolean } {
    let node: unknown = this.document.contents;
    let offset = start(node) ?? 0;
    for (const part of path) {
      const inner = this.step(node, part);
      if (!inner) return { offset, complete: false };
      offset = start(inner.key) ?? offset;
      node = inner.value;
    }
    return { offset: at === "value" && isWritten(node) ? (start(node) ?? offset) : offset, complete: true };
  }

  /** One key or list position deeper, through aliases and merged maps. */
  private step(node: unknown, part: string | number): { key: unknown; value: unknown } | undefined {
    const inside = isAlias(node) ? node.resolve(this.document) : node;
    if (isSeq(inside)) {
      const item = inside.items[Number(part)];
      return item === undefined ? undefined : { key: item, value: item };
    }
    return isMap(inside) ? this.pair(inside, String(part)) : undefined;
  }

  private pair(map: YAMLMap, key: string): Pair | undefined {
    const own = map.items.findLast((pair) => keyText(pair) === key);
    if (own) return own;
    for (const merge of map.items.filter((pair) => keyText(pair) === "<<")) {
      const sources = isSeq(merge.value) ? merge.value.items : [merge.value];
      for (const source of sources) {
        const inside = isAlias(source) ? source.resolve(this.document) : source;
        const found = isMap(inside) && this.pair(inside, key);
        if (found) return found;
      }
    }
    return undefined;
  }
}

const keyText = (pair: Pair) => (isScalar(pair.key) ? String(pair.key.value) : undefined);

const start = (node: unknown) => (node as { range?: [number, number, number] | null } | null)?.range?.[0];

/** Whether a value stands in the text where its key ends; maps and lists may begin lines below. */
const isWritten = (node: unknown) => isAlias(node) || (isScalar(node) && node.source !== "");

/** What a YAML error means to somebody who does not know YAML's terms. The parser's own text may quote a secret. */
const YAML_ERRORS: Record<string, readonly [rule: string, fix: string]> = {
  DUPLICATE_KEY: ["must not be given twice in one mapping", "remove one of the two"],
  MULTIPLE_DOCS: [
    "must be the only document of the file",
    "remove the line `---`, and give each environment its own file",
  ],
  TAB_AS_INDENT: ["must be indented with spaces, not tabs", "replace each tab by two spaces"],
  ALIAS_IN_ITSELF: ["must not refer to the anchor that it is in", "write the value out"],
  BAD_ALIAS: ["must refer to an anchor that is set above", "put the value in quotes if it begins with *"],
  BAD_SCALAR_START: ["must not begin with a character that YAML reserves (@ ` % |)", "put the value in quotes"],
  TAG_RESOLVE_FAILED: ["must not use YAML tags", "put the value in quotes if it begins with !"],
  BAD_INDENT: ["must be indented like its neighbours", "begin all keys of a mapping in the same column"],
  BLOCK_AS_IMPLICIT_KEY: [
    "must not have a second `key: value` on its line",
    "break the line, or put the value in quotes",
  ],
  MISSING_CHAR: ["must be complete YAML", "add the missing quote, bracket, comma or colon, here or above"],
  BAD_DQ_ESCAPE: ["must not have this escape in double quotes", "use single quotes, or write \\\\ for a backslash"],
  BAD_DIRECTIVE: ["must not begin with a directive that YAML does not know", "remove the line that begins with %"],
};
const OTHER_ERROR = ["must be YAML", "correct what is here or on the line above"] as const;

/** Reads YAML; never throws. There is no source when the text does not make one mapping. */
export function readSource(text: string, file: string): { source?: Source; diagnostics: Diagnostic[] } {
  try {
    return parse(text.replace(/^\uFEFF/, ""), file);
  } catch {
    // The parser itself gives up on what is nested without end, and on aliases that multiply.
    return { diagnostics: [tooDeep(file)] };
  }
}

function parse(text: string, file: string): { source?: Source; diagnostics: Diagnostic[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false, logLevel: "error" });
  const problems = [...document.errors, ...document.warnings, ...aliasProblems(document)].sort(
    (a, b) => a.pos[0] - b.pos[0],
  );
  const diagnostics = problems.map((problem): Diagnostic => {
    const { line, col } = lineCounter.linePos(problem.pos[0]);
    const [rule, fix] = YAML_ERRORS[codeOf(problem)] ?? OTHER_ERROR;
    const got = problem.code === "DUPLICATE_KEY" ? show(/^[\w$-]*/.exec(text.slice(problem.pos[0]))?.[0]) : undefined;
    return { file, line, column: col, path: "", rule, got, fix };
  });
  const syntax = problems.findIndex(({ code }) => code !== "DUPLICATE_KEY");
  // What follows a syntax error is a guess of the parser: more messages would mislead.
  if (syntax >= 0) return { diagnostics: diagnostics.slice(0, syntax + 1) };
  const data: unknown = document.toJS({ maxAliasCount: 100 });
  if (depthExceeds(data, 40)) return { diagnostics: [...diagnostics, tooDeep(file)] };
  if (data === null)
    return {
      diagnostics: [
        ...diagnostics,
        whole(file, "must not be empty", "begin with `registry:` and, below it, `  host: localhost`"),
      ],
    };
  const source = new Source(file, data, document, lineCounter);
  if (typeof data !== "object" || Array.isArray(data)) {
    const finding = {
      path: [],
      rule: "must be a mapping of keys",
      got: Array.isArray(data) ? "a list" : "a single value",
      fix: "begin with `registry:`",
    };
    return { diagnostics: [...diagnostics, source.diagnose(finding)] };
  }
  return { source, diagnostics };
}

interface YamlProblem {
  readonly code: string;
  readonly pos: readonly [number, number];
  readonly message: string;
}

/** The parser calls a missing bracket an indentation, since it looks for the bracket in deeper lines. */
function codeOf({ code, message }: YamlProblem): string {
  return message.includes(" and end with a ") ? "MISSING_CHAR" : code;
}

/** Aliases that lead nowhere or into themselves; the parser itself would throw on them, without a place. */
function aliasProblems(document: Document): YamlProblem[] {
  const problems: YamlProblem[] = [];
  visit(document, {
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      const code = !target ? "BAD_ALIAS" : ancestors.includes(target) ? "ALIAS_IN_ITSELF" : undefined;
      if (code) problems.push({ code, pos: [start(alias) ?? 0, 0], message: "" });
    },
  });
  return problems;
}

function tooDeep(file: string): Diagnostic {
  return whole(
    file,
    "must not be nested more than 40 deep, nor repeat itself more than a hundred times by aliases",
    "simplify it",
  );
}

function depthExceeds(data: unknown, levels: number): boolean {
  if (typeof data !== "object" || data === null) return false;
  return levels === 0 || Object.values(data).some((inner) => depthExceeds(inner, levels - 1));
}

/** A problem of a file as a whole. */
export function whole(file: string, rule: string, fix: string, got?: string): Diagnostic {
  return { file, line: 1, column: 1, path: "", rule, got, fix };
}
