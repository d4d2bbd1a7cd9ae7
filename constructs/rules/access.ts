import { isIP } from "node:net";
import { type AccessOptions, ANYONE, type LdapOptions } from "../access/options";
import type { PublishedPort } from "../platform/platform";
import { isPrivate } from "../values/ip";
import { type OptionRule, unless } from "./rule";
import { type TlsMode, tlsFacts } from "./tls";

/** Rules about rights, which files have below `access`. */
export const accessRules: readonly OptionRule<AccessOptions>[] = [
  {
    id: "access-push-needs-pull",
    reads: ["rules"],
    check: ({ rules }) =>
      rules.flatMap(({ may }, n) =>
        unless(
          !may.includes("push") || may.includes("pull"),
          `rules[${n}].may`,
          "must have pull beside push: for a push Distribution asks for both",
          may.join(", "),
          "write [pull, push]",
        ),
      ),
  },
  {
    id: "access-anyone-only-pulls",
    reads: ["rules"],
    check: ({ rules }) =>
      rules.flatMap(({ who, may }, n) =>
        unless(
          !who.includes(ANYONE) || may.every((right) => right === "pull"),
          `rules[${n}].may`,
          "must be pull alone where anyone is named: who pushes or deletes logs in",
          may.join(", "),
          "write [pull], and another rule for those who push or delete; users is everybody who logs in",
        ),
      ),
  },
  {
    id: "access-groups-hold-users",
    reads: ["groups"],
    check: ({ groups = {} }) =>
      Object.entries(groups).flatMap(([group, names]) =>
        names.flatMap((name, n) =>
          unless(
            !Object.hasOwn(groups, name),
            `groups.${group}[${n}]`,
            "must be a user or robot, not a group",
            name,
            "write the members of that group, or name both groups in the rule",
          ),
        ),
      ),
  },
  {
    id: "access-names-differ",
    reads: ["groups", "robots"],
    check: ({ groups = {}, robots = {} }) =>
      Object.keys(robots).flatMap((name) =>
        unless(
          !Object.hasOwn(groups, name),
          `robots.${name}`,
          "must not be the name of a group too: a rule could not say which is meant",
          name,
          "rename one of the two",
        ),
      ),
  },
  {
    id: "access-catalog-needs-login",
    reads: ["catalog"],
    check: ({ catalog = [] }) =>
      catalog.flatMap((who, n) =>
        unless(
          who !== ANYONE,
          `catalog[${n}]`,
          "must not be anyone: the list names every repository, also those that nobody else may pull",
          who,
          "write users for all who log in",
        ),
      ),
  },
  {
    id: "access-ldap-needs-tls",
    reads: ["ldap"],
    check: ({ ldap }) =>
      unless(
        !ldap || isEncrypted(ldap) || ldap.reason !== undefined,
        "ldap.url",
        "must be ldaps://, or have startTls: every login sends a password there",
        ldap?.url,
        "write ldaps://, set startTls to true, or say why in reason",
      ),
  },
  {
    id: "access-ldap-tls-once",
    reads: ["ldap"],
    check: ({ ldap }) =>
      unless(
        !ldap?.startTls || !ldap.url.startsWith("ldaps:"),
        "ldap.startTls",
        "must be false with ldaps://, which is TLS from the beginning",
        "true",
        "remove it, or write ldap:// in url",
      ),
  },
  {
    id: "access-ldap-ca-needs-tls",
    reads: ["ldap"],
    check: ({ ldap }) =>
      unless(
        !ldap?.caFile || isEncrypted(ldap),
        "ldap.caFile",
        "has no effect without TLS",
        ldap?.url,
        "write ldaps:// in url, set startTls to true, or remove it",
      ),
  },
];

const isEncrypted = ({ url, startTls }: LdapOptions) => url.startsWith("ldaps:") || startTls === true;

/** What rights need of the registry. */
export interface AccessPlace {
  readonly access?: AccessOptions;
  readonly host: string;
  readonly publish: PublishedPort;
  readonly tls: { readonly mode: TlsMode };
}

/** Rules about where clients get their tokens. */
export const accessPlaceRules: readonly OptionRule<AccessPlace>[] = [
  {
    id: "access-without-lets-encrypt",
    reads: ["tls"],
    check: ({ access, tls }) =>
      unless(
        !access || !tlsFacts(tls.mode).isCertificateInside,
        "tls",
        `must not be ${tls.mode} with access: the certificate is inside the registry, and the token server, on a port of its own, gets none on port 443`,
        `mode ${tls.mode}`,
        "let a proxy get the certificate (mode behind-proxy, which serves both), or use mode certificate",
      ),
  },
  {
    id: "access-needs-a-name",
    reads: ["tls", "host"],
    check: ({ access, tls, host }) =>
      unless(
        !access || tlsFacts(tls.mode).endedBy === "proxy" || isIP(host) === 0 || !isPrivate(host),
        "host",
        "must be a name with access: crane, cosign and others get no token from a private address on another port",
        host,
        "write a name that clients resolve, or put a proxy in front, which serves both on one port",
      ),
  },
];
