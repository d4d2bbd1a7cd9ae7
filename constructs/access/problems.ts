import { Token } from "cdktf";
import { accessRules } from "../rules/access";
import { check, checkEach, checkKeys, notEmpty } from "../rules/checks";
import { brokenRules, unless } from "../rules/rule";
import { PORT } from "../values/addresses";
import { RIGHT } from "../values/choices";
import { ACCESS } from "../values/defaults";
import type { Problem } from "../values/errors";
import { TOKEN_SECONDS } from "../values/limits";
import { ldapProblems } from "./ldap";
import type { AccessOptions } from "./options";
import { REPOSITORY_PATTERN } from "./pattern";
import { DATE, MEMBER, OWN_NAME, WHO } from "./values";

/** Where the registry is published, which tokens may not be. */
interface RegistryPort {
  readonly publish: { readonly port: number };
  readonly tls: { readonly network?: string };
}

/** What is wrong with rights, all of it at once. @param registry nothing: its port is not looked at */
export function accessProblems(access: AccessOptions, registry?: RegistryPort): (Problem | undefined)[] {
  const { rules, groups = {}, robots = {}, catalog, ldap, port, tokenSeconds } = access;
  const single = [
    notEmpty("rules", rules),
    ...rules.flatMap(({ repository, who, may }, n) => [
      check(`rules[${n}].repository`, repository, REPOSITORY_PATTERN),
      notEmpty(`rules[${n}].who`, who),
      ...checkEach(`rules[${n}].who`, who, WHO),
      notEmpty(`rules[${n}].may`, may),
      ...checkEach(`rules[${n}].may`, may, RIGHT),
    ]),
    ...checkKeys("groups", groups, OWN_NAME),
    ...Object.entries(groups).flatMap(([name, those]) => [
      notEmpty(`groups.${name}`, those),
      ...checkEach(`groups.${name}`, those, MEMBER),
    ]),
    ...checkKeys("robots", robots, OWN_NAME),
    ...Object.entries(robots).map(([name, { expires }]) => check(`robots.${name}.expires`, expires, DATE)),
    ...checkEach("catalog", catalog, WHO),
    ...(ldap ? ldapProblems(ldap) : []),
    check("port", port, PORT),
    check("tokenSeconds", tokenSeconds, TOKEN_SECONDS),
  ];
  return [...single, ...(registry ? portProblems(access, registry) : []), ...brokenRules(accessRules, access, single)];
}

function portProblems({ port = ACCESS.port }: AccessOptions, { publish, tls }: RegistryPort): readonly Problem[] {
  return unless(
    tls.network !== undefined || Token.isUnresolved(publish.port) || port !== publish.port,
    "port",
    "must not be the registry's own",
    port,
    "choose another port",
  );
}
