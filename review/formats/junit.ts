import type { Finding } from "../finding";
import { atLeast, isOpen, type Report } from "../report";
import { RULES } from "../rules";

/** JUnit XML: one test case for each rule, so that passed ones count too. */
export function junit(report: Report): string {
  const cases = report.problem
    ? [failedCase("review", "review", [report.problem])]
    : RULES.map(({ id, category }) => ruleCase(id, category, report));
  const failures = cases.filter(({ failed }) => failed).length;
  const name = attribute(report.environment ? `review ${report.environment}` : "review");
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${name}" tests="${cases.length}" failures="${failures}">`,
    `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}">`,
    ...cases.map(({ xml }) => xml),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

interface Case {
  readonly failed: boolean;
  readonly xml: string;
}

function ruleCase(id: string, category: string, report: Report): Case {
  const found = report.findings.filter(({ rule }) => rule === id);
  const failing = found.filter((finding) => isOpen(finding) && atLeast(finding.severity, report.failOn));
  if (failing.length > 0) return failedCase(id, category, failing.map(line));
  const told = found.filter(isOpen).map(line);
  const output = told.length > 0 ? `<system-out>${content(told.join("\n"))}</system-out>` : "";
  return {
    failed: false,
    xml: `    <testcase name="${attribute(id)}" classname="${attribute(category)}">${output}</testcase>`,
  };
}

function failedCase(id: string, category: string, lines: readonly string[]): Case {
  const [first = ""] = lines;
  const failure = `<failure message="${attribute(first)}">${content(lines.join("\n"))}</failure>`;
  return {
    failed: true,
    xml: `    <testcase name="${attribute(id)}" classname="${attribute(category)}">${failure}</testcase>`,
  };
}

function line({ address, message, fix }: Finding): string {
  return `${address}: ${message} Instead: ${fix}`.replaceAll("`", "");
}

function content(value: string): string {
  const escaped = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [...escaped].map((letter) => (isXml(letter.codePointAt(0) ?? 0) ? letter : "\ufffd")).join("");
}

/** The characters that XML 1.0 can hold; a lone surrogate is none. */
function isXml(point: number): boolean {
  if (point < 0x20) return point === 0x9 || point === 0xa || point === 0xd;
  return point < 0xd800 || (point > 0xdfff && point !== 0xfffe && point !== 0xffff);
}

function attribute(value: string): string {
  return content(value).replaceAll('"', "&quot;").replaceAll("\n", "&#10;");
}
