import { z } from "zod";
import { duration, headers, hostPort, int, path, url } from "./values";

/** `health`. */
export const health = z.strictObject({
  storagedriver: z
    .strictObject({ enabled: z.boolean(), interval: duration().optional(), threshold: int(1).optional() })
    .optional(),
  // `threshold` is ignored for files: one hit is enough.
  file: z.array(z.strictObject({ file: path(), interval: duration().optional() })).optional(),
  http: z
    .array(
      z.strictObject({
        uri: url(),
        statuscode: int(100, 599).optional(),
        timeout: duration().optional(),
        interval: duration().optional(),
        threshold: int(1).optional(),
        headers: headers().optional(),
      }),
    )
    .optional(),
  tcp: z
    .array(
      z.strictObject({
        addr: hostPort(),
        timeout: duration().optional(),
        interval: duration().optional(),
        threshold: int(1).optional(),
      }),
    )
    .optional(),
});
