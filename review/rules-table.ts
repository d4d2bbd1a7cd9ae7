import { CATEGORIES } from "./finding";
import type { Rule } from "./rule";

/** The page `docs/reference/review-rules.md`. A test writes and checks it. */
export function rulesTable(rules: readonly Rule[]): string {
  const sections = CATEGORIES.map((category) => {
    const own = rules.filter((rule) => rule.category === category);
    return [`## ${category} (${own.length})`, ...own.map(entry)].join("\n\n");
  });
  return [
    "# Rules of the plan review",
    `Generated from \`review/rules/\`; \`npm run snapshots\` writes it. ${rules.length} rules. A severity is the usual one: a rule may say more or less of a particular case, and \`review.yaml\` can change it.`,
    table(
      ["rule", "about", "severity", "what"],
      rules.map(({ id, category, severity, what }) => [`[\`${id}\`](#${id})`, category, severity, what]),
    ),
    ...sections,
  ]
    .join("\n\n")
    .concat("\n");
}

function entry({ id, severity, what, why, fix, fact, posture }: Rule): string {
  return [
    `### ${id}`,
    `${what}. **${severity}**, needs a ${posture ? "plan or a configuration" : "plan"}.`,
    [`- Why: ${why}`, `- Instead: ${fix}`, `- Rests on: ${fact}`].join("\n"),
  ].join("\n\n");
}

/** Padded, as the formatter wants it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}
