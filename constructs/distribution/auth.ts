import { z } from "zod";
import { path, text, url } from "./values";

/** `auth`: exactly one kind. `silly` lets everybody in and is not offered. */
export const auth = z
  .strictObject({
    htpasswd: z.strictObject({ realm: text(), path: path() }).optional(),
    token: z
      .strictObject({
        realm: url(),
        service: text(),
        issuer: text(),
        rootcertbundle: path().optional(),
        jwks: path().optional(),
        signingalgorithms: z.array(text()).optional(),
        autoredirect: z.boolean().optional(),
        autoredirectpath: text().optional(),
      })
      .refine((token) => token.rootcertbundle !== undefined || token.jwks !== undefined, {
        error: "needs rootcertbundle or jwks",
      })
      .optional(),
    none: z.strictObject({}).optional(),
  })
  .refine((auth) => [auth.htpasswd, auth.token, auth.none].filter(Boolean).length === 1, {
    error: "must have exactly one of htpasswd, token or none",
  });
