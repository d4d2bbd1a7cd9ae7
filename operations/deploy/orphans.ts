import type { Operation } from "../operation";
import { inStage } from "../progress";
import { terraformFailure } from "../terraform/failure";
import type { FoundObject } from "./objects";
import { runRecorded } from "./run";

/** What an apply of ours left when it was killed, as a person reads it. */
export function orphansText(orphans: readonly FoundObject[]): string[] {
  return orphans.map(({ kind, name, holdsData }) =>
    holdsData
      ? `${kind} ${name}: left by an apply that was killed; taken over with what is in it`
      : `${kind} ${name}: left by an apply that was killed; it holds no data and is removed`,
  );
}

/** Takes over volumes that the state does not know, by `terraform import`: nothing in them is touched. */
export async function importVolumes(
  operation: Operation,
  directory: string,
  orphans: readonly FoundObject[],
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<void> {
  const volumes = orphans.filter(({ holdsData, address }) => holdsData && address);
  if (volumes.length === 0) return;
  await inStage(operation.progress, "take over", async (stage) => {
    for (const { kind, name, id, address = "" } of volumes) {
      const command = ["import", "-input=false", "-no-color", ...args, address, id];
      const result = await runRecorded(operation, directory, command, { variables });
      if (result.code !== 0) throw await terraformFailure(operation, `take over ${kind} ${name}`, result);
      stage.line(`${kind} ${name} is in the state again`);
    }
    return { value: undefined, result: `${volumes.length} of ours` };
  });
}
