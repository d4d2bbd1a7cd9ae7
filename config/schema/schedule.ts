import { z } from "zod";
import { flag, text, whole } from "./values";

/** Days of a week as systemd and cron both know them, and a time. */
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";

const schedule = text(
  "must be a time, with days of the week before it or without",
  'write e.g. "03:30" for every day, or "Sun 04:00", "Mon,Thu 02:00"',
  new RegExp(`^(?:${DAY}(?:,${DAY})* )?(?:[01]\\d|2[0-3]):[0-5]\\d$`),
);

const WHEN =
  'in the local time of the machine that runs it: "03:30", "Sun 04:00". Default: never by itself. The command schedule prints the systemd timer or cron line; status says when a run is late.';

export const garbageCollection = z
  .strictObject({
    schedule: schedule.optional().describe(`When the command gc is meant to run, ${WHEN}`),
    deleteUntagged: flag()
      .default(false)
      .describe(
        "Manifests without a tag go, too, as with gc --delete-untagged. Default false: only what nothing needs.",
      ),
    maxSharePercent: whole(1, 100, "write a percentage")
      .default(50)
      .describe(
        "Nothing is deleted when more than this share of all bytes would go, as with gc --max-share. Default 50.",
      ),
  })
  .prefault({})
  .describe("How the command gc runs when it is called without options. Nothing happens without the command.");

export const backupSchema = z.strictObject({
  target: text(
    "must be a directory of the Docker host, s3:https://HOST/BUCKET/PATH or sftp://USER@HOST/PATH",
    "write e.g. /srv/backup/registry",
    /^(?:\/[^:\s]*[^:/\s]\/?|s3:https?:\/\/[^\s/@?#]+\/\S+|sftp:\/\/[\w.-]+@[^\s:@/]+(?::\d+)?\/\S+)$/,
  ).describe(
    "Where backups go, and are read from, when a command names no other place: a directory of the Docker host (not on Kubernetes), s3:https://HOST/BUCKET/PATH or sftp://USER@HOST/PATH. No default. Keys never stand here.",
  ),
  schedule: schedule.optional().describe(`When the command backup is meant to run, ${WHEN}`),
  keep: whole(1, 100_000, "write how many")
    .optional()
    .describe("After a backup without --to, only so many of the newest whole snapshots stay. Default: all stay."),
});
