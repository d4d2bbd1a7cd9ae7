import { z } from "zod";
import { EVENT_ACTION } from "../values/choices";
import { duration, headers, int, text, url } from "./values";

/** `notifications`. */
export const notifications = z.strictObject({
  events: z.strictObject({ includereferences: z.boolean() }).optional(),
  endpoints: z.array(
    z.strictObject({
      name: text(),
      url: url(),
      disabled: z.boolean().optional(),
      headers: headers().optional(),
      timeout: duration().optional(),
      threshold: int(1).optional(),
      backoff: duration().optional(),
      ignoredmediatypes: z.array(text()).optional(),
      ignore: z
        .strictObject({
          mediatypes: z.array(text()).optional(),
          actions: z.array(z.enum(EVENT_ACTION.words)).optional(),
        })
        .optional(),
    }),
  ),
});
