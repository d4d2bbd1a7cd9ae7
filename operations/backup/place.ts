import type { Environment } from "../../config";
import { command } from "../command";
import { Failure } from "../failure";

/** Where backups are: what a command was told, else what the environment file says. @throws Failure when neither does */
export function backupPlace({ name, backup }: Pick<Environment, "name" | "backup">, given: string | undefined): string {
  const place = given ?? backup?.target;
  if (place !== undefined) return place;
  throw new Failure(
    "The place of the backups is missing",
    [
      `write backup.target in environments/${name}.yaml`,
      `or name a target: ${command("backup", name, "--to", "/srv/backup/registry")}; the other commands have --from`,
    ].join("\n  → "),
  );
}
