import type { Environment } from "../../config";
import type { LastRun } from "../gc/last-run";
import { isLate } from "./schedule";

/**
 * What an environment file schedules, and that did not end well for too long.
 * @param backup when the newest whole one was taken
 */
export function lateJobs(
  { registry, backup: backups }: Pick<Environment, "registry" | "backup">,
  backup: string | undefined,
  collection: LastRun | undefined,
  now = Date.now(),
): ("gc" | "backup")[] {
  const isDue = (schedule: string | undefined, since: string | undefined) =>
    schedule !== undefined && (since === undefined || isLate(schedule, (now - Date.parse(since)) / 1000));
  // The container of a new registry has seen no collection, and there is nothing to collect yet.
  const { schedule } = registry.garbageCollection;
  const isCollectionDue = collection !== undefined && (!collection.isDone || isDue(schedule, collection.at));
  return [
    ...(schedule !== undefined && isCollectionDue ? (["gc"] as const) : []),
    ...(isDue(backups?.schedule, backup) ? (["backup"] as const) : []),
  ];
}
