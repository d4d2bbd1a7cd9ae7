import { z } from "zod";
import { text } from "./values";

const regexps = z.array(
  z.string().refine(
    (pattern) => {
      try {
        new RegExp(pattern);
        return true;
      } catch {
        return false;
      }
    },
    { error: "must be a regular expression" },
  ),
);

/** `validation`. */
export const validation = z.strictObject({
  disabled: z.boolean().optional(),
  manifests: z
    .strictObject({
      urls: z.strictObject({ allow: regexps.optional(), deny: regexps.optional() }).optional(),
      indexes: z
        .strictObject({
          platforms: z.enum(["all", "none", "list"]).optional(),
          platformlist: z.array(z.strictObject({ architecture: text(), os: text() })).optional(),
        })
        .refine((indexes) => (indexes.platforms === "list") === (indexes.platformlist !== undefined), {
          path: ["platformlist"],
          error: "goes together with `platforms: list`",
        })
        .optional(),
    })
    .optional(),
});
