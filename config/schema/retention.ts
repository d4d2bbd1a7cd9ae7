import { validRange } from "semver";
import { z } from "zod";
import { list, text, whole } from "./values";

const pattern = (what: string) =>
  text(
    `must be a pattern of ${what}: letters, digits and . _ - / with * for anything within a part, ** for anything`,
    "write e.g. team/**",
    /^[A-Za-z0-9._\-/*]+$/,
  );

const versions = text("must be a range of versions as npm has it", 'write e.g. ">=2.0.0"').refine(
  (range) => validRange(range, { loose: true }) !== null,
  { error: 'must be a range of versions as npm has it\nwrite e.g. ">=2.0.0"' },
);

const keep = z
  .strictObject({
    newest: whole(0, 100_000, "write how many")
      .optional()
      .describe(
        "Of the rule's tags in a repository, so many that were pushed last stay. Default: none for this reason.",
      ),
    pushedWithinDays: whole(0, 36_500, "write a number of days")
      .optional()
      .describe("What was pushed within so many days stays. Default: none for this reason."),
    versions: versions
      .optional()
      .describe(
        'Tags that are versions in this range stay, e.g. ">=2.0.0"; v2.1.0 is one, too. Default: none for this reason.',
      ),
    tags: list(pattern("tags"), "tags")
      .optional()
      .describe("Tags that always stay, as patterns: latest, stable-*. Default: none for this reason."),
  })
  .refine((keep) => Object.values(keep).some((one) => one !== undefined), {
    error: "must name at least one reason to stay\nwrite e.g. newest: 10; without any, every tag would go",
  })
  .describe("Why a tag stays; one reason is enough.");

const retentionRule = z.strictObject({
  repositories: list(pattern("repositories"), "patterns").describe(
    "Repositories that it is about, as patterns: team/*, **. No default.",
  ),
  tags: list(pattern("tags"), "patterns").optional().describe("Tags that it is about, as patterns. Default: all."),
  keep,
});

/** A rule about which tags stay. */
export type RetentionRule = z.output<typeof retentionRule>;

export const retention = z
  .array(retentionRule, { error: "must be a list of rules\nbegin each with `- repositories:`" })
  .default([])
  .describe(
    "Which tags the command retention removes. The first rule that matches a tag decides; what matches none stays. Default: none, every tag stays. Nothing happens without the command.",
  );
