import type { RIGHT } from "../values/choices";

/** What somebody may do with a repository. */
export type Right = (typeof RIGHT.words)[number];

/** Rights on some repositories, for some. Rules add up: nothing takes a right away, and their order says nothing. */
export interface AccessRule {
  /** A repository, `team/*` for those one level below, `team/**` for all below, `**` for all. */
  readonly repository: string;
  /** Users, groups and robots by name; `users`: everybody who logs in; `anyone`: without a login, too. */
  readonly who: readonly string[];
  /** To push takes pull, too: Distribution asks for both. */
  readonly may: readonly Right[];
}

/** A user that a machine logs in as. */
export interface Robot {
  /** Last day, `YYYY-MM-DD`, UTC. @default - it does not end */
  readonly expires?: string;
}

/** An LDAP server that knows people by name and password. Rights stay with the names in the rules. */
export interface LdapOptions {
  /** `ldaps://ldap.example.com`, or `ldap://…` with `startTls`. */
  readonly url: string;
  /** Begin TLS on a connection that is plain at first. @default false */
  readonly startTls?: boolean;
  /** PEM file with the CA of the server. @default - the public CAs */
  readonly caFile?: string;
  /** Where people are, e.g. `ou=people,dc=example,dc=com`. */
  readonly base: string;
  /** Finds one entry for a name, which stands for `${account}`. @default "(uid=${account})" */
  readonly filter?: string;
  /** Who searches, with the password in `registry_ldap_password`. @default - nobody, the server lets everybody search */
  readonly bindDn?: string;
  /** Why passwords may cross the network in the clear. @default - they may not */
  readonly reason?: string;
}

/** Who may do what, enforced by Distribution's token authentication and a token server beside the registry. */
export interface AccessOptions {
  readonly rules: readonly AccessRule[];
  /** Names for several users. @default - none */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Users that machines log in as, of which some end by themselves. @default - none */
  readonly robots?: Readonly<Record<string, Robot>>;
  /** Where those are looked up who are not in the users' file. @default - nowhere, they cannot log in */
  readonly ldap?: LdapOptions;
  /** Who may list the names of all repositories. @default - nobody */
  readonly catalog?: readonly string[];
  /** Port of the host on which clients get tokens, at the registry's addresses. @default 5001 */
  readonly port?: number;
  /** How long a token is good for; Distribution adds 60. @default 300 */
  readonly tokenSeconds?: number;
}

/** Everybody who logs in. */
export const USERS = "users";
/** Everybody, with a login or without. */
export const ANYONE = "anyone";
/** The user of this project's own commands, who may do everything. */
export const OWN_ACCOUNT = "private-registry";
