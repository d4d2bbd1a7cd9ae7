import { CATEGORIES } from "../../review/finding";
import type { Rule } from "../../review/rule";
import { cell, table } from "./markdown";

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
      rules.map(({ id, category, severity, what }) => [`[\`${id}\`](#${id})`, category, severity, cell(what)]),
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
