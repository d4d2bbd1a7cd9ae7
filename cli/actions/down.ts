import { command } from "../../operations/command";
import { connect } from "../../operations/deploy/apply";
import { applyDown, type DownPlan, discardDown, planDown } from "../../operations/deploy/down";
import { orphansText } from "../../operations/deploy/orphans";
import { Failure } from "../../operations/failure";
import type { Operation } from "../../operations/operation";
import { changesText } from "../../review";
import { confirmName } from "../ask";
import type { DownOptions } from "../commands/down";
import type { Context } from "../context";
import { operate } from "../operate";
import { isColoured } from "../render/saved-plan";
import type { Style } from "../render/style";

export async function down(context: Context, name: string, options: DownOptions): Promise<void> {
  const { io } = context;
  if (options.yes) {
    throw new Failure(
      "down destroys: it takes the environment's name, not --yes",
      options.deleteData
        ? command("down", name, "--delete-data", "--confirm", name)
        : command("down", name, "--confirm", name),
    );
  }
  await operate(context, "down", name, options, async (operation: Operation) => {
    try {
      const docker = await connect(operation);
      const planned = await planDown(operation, docker, options.deleteData === true);
      if (planned.nothing) {
        io.err(`Nothing of ${name} runs.${keptText(planned)}`);
        return;
      }
      if (planned.report) io.err(changesText(planned.report, isColoured(io.errStyle)));
      for (const line of orphansText(planned.orphans)) io.err(io.errStyle.yellow(`  ${line}`));
      io.err(fateText(planned, io.errStyle));
      await confirmName(context, `Type ${name} to go on`, name, options.confirm, "--confirm");
      await applyDown(operation, docker, planned);
      io.err(`${name} is down.${keptText(planned)}`);
    } finally {
      // A plan holds secrets, one that was refused as well.
      discardDown(name);
    }
  });
}

function fateText({ kept, lost, directories }: DownPlan, style: Style): string {
  const lines = [
    ...kept.map((volume) => `  stays: volume ${volume} (protected)`),
    ...directories.map((directory) => `  stays: directory ${directory} on the Docker host`),
    ...lost.map((volume) => style.red(`  goes, with everything in it: volume ${volume}`)),
  ];
  return lines.join("\n");
}

function keptText({ kept }: DownPlan): string {
  return kept.length > 0 ? ` Kept: ${kept.map((volume) => `volume ${volume}`).join(", ")}.` : "";
}
