import { z } from "zod";
import { HOST_PORT } from "../../constructs/values/addresses";
import { CACHED_BLOBS } from "../../constructs/values/defaults";
import { CACHE_BLOBS, REDIS_DATABASE } from "../../constructs/values/limits";
import { USER } from "../../constructs/values/names";
import { flag, form, list, number, range } from "./values";

/** Where facts about blobs are remembered. */
export const cache = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("inmemory"),
      size: number(CACHE_BLOBS)
        .default(CACHED_BLOBS)
        .describe(`Blobs remembered, ${range(CACHE_BLOBS)}. Default ${CACHED_BLOBS}, a few MiB of memory.`),
    }),
    z.strictObject({
      type: z.literal("redis"),
      addresses: list(form(HOST_PORT), "addresses").describe(
        "Redis servers as HOST:PORT. No default; several form a cluster.",
      ),
      database: number(REDIS_DATABASE).optional().describe("Number of the database. Default 0."),
      username: form(USER).optional().describe("Redis user. Default: Redis' own default user."),
      passwordFromVariable: flag()
        .default(false)
        .describe("Log in with the password in TF_VAR_registry_redis_password. Default false: no password."),
      tls: flag().default(false).describe("Connect with TLS. Default false."),
    }),
    z.strictObject({ type: z.literal("none") }),
  ])
  .optional()
  .describe(
    "Where facts about blobs are remembered: inmemory, redis or none. Default inmemory, and none with registry.proxy, which takes no other; without a cache each pull asks the storage more often.",
  );
