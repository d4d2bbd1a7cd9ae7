import { z } from "zod";
import { REPOSITORY_PATTERN } from "../../constructs/access/pattern";
import { DATE, MEMBER, OWN_NAME, WHO } from "../../constructs/access/values";
import { PORT } from "../../constructs/values/addresses";
import { RIGHT } from "../../constructs/values/choices";
import { ACCESS } from "../../constructs/values/defaults";
import { TOKEN_SECONDS } from "../../constructs/values/limits";
import { form, list, number, port, range, word } from "./values";

const rule = z.strictObject({
  repository: form(REPOSITORY_PATTERN).describe(
    "A repository; team/* for those one level below team, team/** for all below it, ** for all. No default.",
  ),
  who: list(form(WHO), "names").describe(
    "Users, groups and robots by name; users: everybody who logs in; anyone: without a login, too. No default.",
  ),
  may: list(word(RIGHT), "rights", 1, 3).describe("What they may: pull, push (with pull), delete. No default."),
});

/** Who may do what. */
export const accessSchema = z.strictObject({
  rules: list(rule, "rules", 1, 1000).describe(
    "Rights on repositories. They add up, in any order; what no rule gives is refused, also to the first user. No default.",
  ),
  groups: z
    .record(form(OWN_NAME), list(form(MEMBER), "names", 1, 1000))
    .default({})
    .describe("Names for several users, e.g. developers: [alice, bob]. Default: none."),
  robots: z
    .record(
      form(OWN_NAME),
      z.strictObject({
        expires: form(DATE)
          .optional()
          .describe("Last day on which it can log in, YYYY-MM-DD, UTC. Default: none, it does not end."),
      }),
    )
    .default({})
    .describe(
      "Users that machines log in as, e.g. ci: { expires: 2027-03-01 }; `users add` makes them. Default: none.",
    ),
  catalog: list(form(WHO), "names")
    .optional()
    .describe("Who may list the names of all repositories. Default: nobody but this project's own commands."),
  port: port()
    .default(ACCESS.port)
    .describe(
      `Port on which clients get tokens, at registry.publish's addresses, ${range(PORT)}. Default ${ACCESS.port}. Behind a proxy, where the proxy forwards the path /auth to.`,
    ),
  tokenSeconds: number(TOKEN_SECONDS)
    .default(ACCESS.tokenSeconds)
    .describe(
      `Seconds that a token is good for, ${range(TOKEN_SECONDS)}; the registry adds 60. Default ${ACCESS.tokenSeconds}: so long somebody who was removed can go on.`,
    ),
});
