import type { Command } from "commander";
import { command as remedy } from "../../operations/command";
import { examine } from "../../operations/doctor/doctor";
import { readEnvironment } from "../../operations/environments";
import { checksSummary } from "../../operations/verify/check";
import type { Context } from "../context";
import { EXIT } from "../io";
import { checkText } from "../render/check";
import { JSON_RESULT } from "./options";

interface Options {
  readonly json?: boolean;
}

export function define(command: Command, { io, exit, process }: Context): void {
  command.option(...JSON_RESULT).action(async (name: string | undefined, { json }: Options) => {
    const checks = await examine({
      environment: name === undefined ? undefined : readEnvironment(name),
      variables: process.env,
      nodeVersion: process.versions.node,
      onCheck: json ? undefined : (check) => io.out(checkText(check, io.style)),
    });
    const stops = checks.some(({ status }) => status === "failed");
    const next = name === undefined ? remedy("init") : remedy("up", name);
    if (json) io.out(JSON.stringify({ environment: name, checks }, undefined, 2));
    else io.err(`${checksSummary(checks)}${stops ? "" : `. Next: ${next}`}`);
    if (stops) exit(EXIT.failed);
  });
}
