import { z } from "zod";
import { EVENT_ACTION, LOG_FORMAT, LOG_LEVEL } from "../values/choices";
import { duration, headers, hostPort, int, path, text, url } from "./values";

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

/** `middleware`: the registry that is shipped has three, all for storage. `disabled` is never read: leave the entry out. */
export const middlewares = z.strictObject({
  storage: z.array(
    z.strictObject({
      name: z.enum(["cloudfront", "redirect", "rewrite"]),
      options: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

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

/** `redis`, in go-redis's names. */
export const redis = z.strictObject({
  addrs: z.array(hostPort()).min(1, "must name a server: an empty list turns Redis off"),
  clientname: text().optional(),
  db: int(0).optional(),
  protocol: int(2, 3).optional(),
  username: text().optional(),
  password: text().optional(),
  sentinelusername: text().optional(),
  sentinelpassword: text().optional(),
  mastername: text().optional(),
  maxretries: int(-1).optional(),
  minretrybackoff: duration().optional(),
  maxretrybackoff: duration().optional(),
  dialtimeout: duration().optional(),
  readtimeout: duration().optional(),
  writetimeout: duration().optional(),
  contexttimeoutenabled: z.boolean().optional(),
  poolfifo: z.boolean().optional(),
  poolsize: int(1).optional(),
  pooltimeout: duration().optional(),
  minidleconns: int(0).optional(),
  maxidleconns: int(0).optional(),
  maxactiveconns: int(0).optional(),
  connmaxidletime: duration().optional(),
  connmaxlifetime: duration().optional(),
  maxredirects: int(0).optional(),
  readonly: z.boolean().optional(),
  routebylatency: z.boolean().optional(),
  routerandomly: z.boolean().optional(),
  disableidentity: z.boolean().optional(),
  identitysuffix: text().optional(),
  unstableresp3: z.boolean().optional(),
  tls: z
    .strictObject({
      certificate: path().optional(),
      key: path().optional(),
      rootcas: z.array(path()).optional(),
    })
    .optional(),
});

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
