import type { Report } from "../report";
import { github } from "./github";
import { json } from "./json";
import { junit } from "./junit";
import { type MarkdownOptions, markdown } from "./markdown";
import { type SarifOptions, sarif } from "./sarif";
import { type TextOptions, text } from "./text";

export const FORMATS = ["text", "markdown", "json", "sarif", "junit", "github"] as const;
export type Format = (typeof FORMATS)[number];

export type FormatOptions = TextOptions & MarkdownOptions & SarifOptions;

/** Prints a report. Formats decide nothing: the report knows its exit code. */
export function format(report: Report, as: Format, options: FormatOptions = {}): string {
  switch (as) {
    case "text":
      return text(report, options);
    case "markdown":
      return markdown(report, options);
    case "json":
      return json(report);
    case "sarif":
      return sarif(report, options);
    case "junit":
      return junit(report);
    case "github":
      return github(report);
  }
}
