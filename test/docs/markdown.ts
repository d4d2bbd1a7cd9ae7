import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A fenced block of a page. */
export interface Snippet {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Every page that people read, relative to the project. Generated ones are checked by what generates them. */
export function pages(): string[] {
  const inside = ["docs", "examples", ".github"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return [...readdirSync("."), ...inside].filter((name) => name.endsWith(".md")).sort();
}

/** The blocks of a page. */
export function snippets(file: string): Snippet[] {
  const found: Snippet[] = [];
  let open: { indent: string; language: string; line: number; lines: string[] } | undefined;
  for (const [n, line] of readFileSync(file, "utf8").split("\n").entries()) {
    const [, indent = "", language = ""] = /^(\s*)```(\S*)/.exec(line) ?? [];
    const isFence = /^\s*```/.test(line);
    if (open && isFence) {
      found.push({ file, line: open.line, language: open.language, text: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else if (open) open.lines.push(line.slice(open.indent.length));
    else if (isFence) open = { indent, language, line: n + 1, lines: [] };
  }
  return found;
}

/** Text outside of blocks and code spans, where links are. */
export function prose(file: string): string {
  const lines = readFileSync(file, "utf8").split("\n");
  let inBlock = false;
  return lines
    .map((line) => {
      if (/^\s*```/.test(line)) inBlock = !inBlock;
      return inBlock ? "" : line.replace(/`[^`]*`/g, "``");
    })
    .join("\n");
}

/** The anchors that GitHub gives to the headings of a page. */
export function anchors(file: string): Set<string> {
  const result = new Set<string>();
  const blocks = readFileSync(file, "utf8").replace(/^\s*```[\s\S]*?^\s*```/gm, "");
  for (const [, title = ""] of blocks.matchAll(/^#{1,6} (.*)$/gm)) {
    const plain = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-");
    let name = plain;
    for (let n = 1; result.has(name); n += 1) name = `${plain}-${n}`;
    result.add(name);
  }
  return result;
}
