import { z } from "zod";
import { REPOSITORY_PATTERN } from "../../constructs/access/pattern";
import { DATE, DN, LDAP_FILTER, LDAP_URL, MEMBER, OWN_NAME, WHO } from "../../constructs/access/values";
import { PORT } from "../../constructs/values/addresses";
import { RIGHT } from "../../constructs/values/choices";
import { ACCESS } from "../../constructs/values/defaults";
import { TOKEN_SECONDS } from "../../constructs/values/limits";
import { REASON } from "../../constructs/values/names";
import { flag, form, list, number, path, port, range, word } from "./values";

const rule = z.strictObject({
  repository: form(REPOSITORY_PATTERN).describe(
    "A repository; team/* for those one level below team, team/** for all below it, ** for all. No default.",
  ),
  who: list(form(WHO), "names").describe(
    "Users, groups and robots by name; users: everybody who logs in; anyone: without a login, too. No default.",
  ),
  may: list(word(RIGHT), "rights", 1, 3).describe("What they may: pull, push (with pull), delete. No default."),
});

const ldap = z.strictObject({
  url: form(LDAP_URL).describe(
    "LDAP server, e.g. ldaps://ldap.example.com; ldap:// takes startTls or a reason. No default.",
  ),
  startTls: flag().default(false).describe("Begin TLS on a connection that is plain at first. Default false."),
  caFile: path("name the PEM file with the CA of the LDAP server")
    .optional()
    .describe("PEM file with the CA of the server. Default: the public CAs."),
  base: form(DN).describe("Where people are, e.g. ou=people,dc=example,dc=com. No default."),
  filter: form(LDAP_FILTER)
    .default(ACCESS.ldapFilter)
    .describe(`Finds one entry for a name, which stands for \${account}. Default ${ACCESS.ldapFilter}.`),
  bindDn: form(DN)
    .optional()
    .describe(
      "Who searches; password: TF_VAR_registry_ldap_password. Default: nobody, the server lets everybody search.",
    ),
  reason: form(REASON)
    .optional()
    .describe("Why passwords may cross the network in the clear; required with ldap:// without startTls. No default."),
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
  ldap: ldap
    .optional()
    .describe(
      "Where those are looked up who are not in the users' file. Their rights are by name, as those of others. Default: nowhere, they cannot log in.",
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
