import { command } from "../../operations/command";
import { examine } from "../../operations/doctor/doctor";
import type { DoctorOptions } from "../commands/start";
import type { Context } from "../context";
import { readEnvironment } from "../environments";
import { EXIT } from "../io";
import { checksSummary, checkText } from "../render/check";

export async function doctor(context: Context, name: string | undefined, options: DoctorOptions): Promise<void> {
  const { io, exit, process } = context;
  const checks = await examine({
    environment: name === undefined ? undefined : readEnvironment(name),
    variables: process.env,
    nodeVersion: process.versions.node,
    onCheck: options.json ? undefined : (check) => io.out(checkText(check, io.style)),
  });
  const stops = checks.some(({ status }) => status === "failed");
  if (options.json) io.out(JSON.stringify({ environment: name, checks }, undefined, 2));
  else
    io.err(
      `${checksSummary(checks)}${stops ? "" : `. Next: ${name === undefined ? command("init") : command("up", name)}`}`,
    );
  if (stops) exit(EXIT.failed);
}
