import { z } from "zod";

/** `middleware`: the registry that is shipped has three, all for storage. `disabled` is never read: leave the entry out. */
export const middlewares = z.strictObject({
  storage: z.array(
    z.strictObject({
      name: z.enum(["cloudfront", "redirect", "rewrite"]),
      options: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});
