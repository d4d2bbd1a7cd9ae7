import { z } from "zod";
import { LOG_FORMAT, LOG_LEVEL } from "../values/choices";
import { hostPort, text } from "./values";

/** `log`. */
export const log = z.strictObject({
  level: z.enum(LOG_LEVEL.words).optional(),
  formatter: z.enum(LOG_FORMAT.words).optional(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  accesslog: z.strictObject({ disabled: z.boolean() }).optional(),
  reportcaller: z.boolean().optional(),
  hooks: z
    .array(
      z.strictObject({
        type: z.literal("mail", { error: "must be mail: Distribution ignores every other type" }),
        disabled: z.boolean().optional(),
        levels: z.array(z.enum(["panic", "fatal", "error", "warn", "info", "debug"])).optional(),
        options: z.strictObject({
          smtp: z.strictObject({
            addr: hostPort(),
            username: z.string().optional(),
            password: z.string().optional(),
            insecure: z.boolean().optional(),
          }),
          from: text(),
          to: z.array(text()),
        }),
      }),
    )
    .optional(),
});
