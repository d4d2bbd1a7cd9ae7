import type { Report } from "../report";
import { json } from "./json";
import { type MarkdownOptions, markdown } from "./markdown";
import { type TextOptions, text } from "./text";

export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];

export type FormatOptions = TextOptions & MarkdownOptions;

/** Prints a report. Formats decide nothing: the report knows its exit code. */
export function format(report: Report, as: Format, options: FormatOptions = {}): string {
  switch (as) {
    case "text":
      return text(report, options);
    case "markdown":
      return markdown(report, options);
    case "json":
      return json(report);
  }
}
