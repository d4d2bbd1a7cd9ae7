import type { Severity } from "../finding";
import { isOpen, type Report } from "../report";
import { verdict } from "./sections";

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" };

/** Workflow commands of GitHub Actions: annotations on the run. */
export function github(report: Report): string {
  if (report.problem) return `${command("error", "review", verdict(report))}\n`;
  const lines = report.findings
    .filter(isOpen)
    .map(({ severity, rule, address, message, fix }) =>
      command(COMMANDS[severity], `${rule}: ${address}`, `${message} Instead: ${fix}`),
    );
  return [...lines, command("notice", "review", report.headline), ""].join("\n");
}

function command(name: string, title: string, message: string): string {
  return `::${name} title=${property(title)}::${data(message.replaceAll("`", ""))}`;
}

function data(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(value: string): string {
  return data(value).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
