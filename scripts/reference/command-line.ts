import type { Command } from "commander";
import type { Context } from "../../cli/context";
import { createWholeProgram } from "../../cli/program";
import { cell, GENERATED, table } from "./markdown";

/** Every command with its arguments and options, from the definitions that the command line itself is made of. */
export async function commandLineReference(): Promise<string> {
  // Nothing is run, so nothing of the context is used.
  const program = await createWholeProgram({ io: {}, exit: () => {}, process: {} } as unknown as Context);
  const commands = program.commands.filter((command) => command.name() !== "help").flatMap(leaves);
  return [
    "# Command line",
    GENERATED,
    program.description(),
    "Exit codes: 0 done, 1 failed, 2 changes or findings, 64 usage, 130 stopped by Ctrl-C. Results go to standard output, everything else to standard error.",
    table(
      ["command", "does"],
      commands.map((command) => [`[\`${path(command)}\`](#${anchor(path(command))})`, cell(command.description())]),
    ),
    ...commands.flatMap(describe),
    "",
  ].join("\n\n");
}

function leaves(command: Command): Command[] {
  const inner = command.commands.filter((one) => one.name() !== "help");
  const own = inner.length === 0 || command.registeredArguments.length > 0 ? [command] : [];
  return [...own, ...inner.flatMap(leaves)];
}

function path(command: Command): string {
  return command.parent?.parent ? `${path(command.parent)} ${command.name()}` : command.name();
}

function anchor(title: string): string {
  return title.replaceAll(" ", "-");
}

function describe(command: Command): string[] {
  const options = command.options.filter((option) => !option.hidden);
  const sentence = command.description();
  return [
    `## ${path(command)}`,
    `\`private-registry ${path(command)}${command.usage() ? ` ${command.usage()}` : ""}\``,
    `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`,
    ...(options.length === 0
      ? []
      : [
          table(
            ["option", "meaning", "values", "default"],
            options.map((option) => [
              `\`${option.flags}\``,
              cell(option.description),
              option.argChoices?.map((choice) => `\`${choice}\``).join(", ") ?? "",
              typeof option.defaultValue === "string" ? `\`${option.defaultValue}\`` : "",
            ]),
          ),
        ]),
  ];
}
