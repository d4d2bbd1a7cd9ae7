import { isUserName } from "../registry/htpasswd-grammar";
import { textOf } from "../values/value";
import { ANYONE, OWN_ACCOUNT, USERS } from "./options";

/** A user, a group or a robot that a rule names. */
export const WHO = textOf(
  "must be the name of a user, group or robot, users or anyone",
  "write a name that `users list` shows, one of access.groups or access.robots, users for all who log in, anyone for all",
  /^[^:#\s][^:\s]{0,254}$/,
  isUserName,
);

/** A user, as a member of a group. */
export const MEMBER = textOf(
  `must be a user's or robot's name, neither ${USERS} nor ${ANYONE}`,
  "write a name that `users list` shows",
  WHO.pattern,
  (value) => isUserName(value) && ![USERS, ANYONE].includes(value),
);

/** A group's or robot's own name. */
export const OWN_NAME = textOf(
  `must be 1–64 letters, digits, _ . and -, and not ${USERS}, ${ANYONE} or ${OWN_ACCOUNT}`,
  "choose a name such as developers or ci",
  new RegExp(`^(?!(?:${USERS}|${ANYONE}|${OWN_ACCOUNT})$)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`),
);

/** A day. */
export const DATE = textOf(
  "must be a day, YYYY-MM-DD",
  "write e.g. 2027-03-01, the last day on which it works (UTC)",
  /^\d{4}-\d{2}-\d{2}$/,
  (value) => new Date(`${value}T00:00:00Z`).toJSON()?.startsWith(value) ?? false,
);

/** Where the token server's container has its files. */
export const DIRECTORY = "/etc/token-server";

/** An LDAP server. docker_auth cuts the port off at the first colon, so that an IPv6 address cannot be written. */
export const LDAP_URL = textOf(
  "must be ldaps:// or ldap:// with a host name or an IPv4 address, and a port where it is not 636 or 389",
  "write e.g. ldaps://ldap.example.com",
  /^ldaps?:\/\/[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/,
  (value) => Number(/:(\d+)$/.exec(value)?.[1] ?? 1) <= 65535,
);

/** A distinguished name. */
export const DN = textOf(
  "must be a distinguished name",
  "write e.g. ou=people,dc=example,dc=com",
  /^[A-Za-z0-9.-]+\s*=[^,=][^=]*(?:,\s*[A-Za-z0-9.-]+\s*=[^,=][^=]*)*$/,
);

/** A search that finds a name. */
export const LDAP_FILTER = textOf(
  `must be a search filter in parentheses that has \${account} in it`,
  `write e.g. (uid=\${account}), or (&(uid=\${account})(memberOf=cn=docker,ou=groups,dc=example,dc=com))`,
  /^\(.*\$\{account\}.*\)$/,
  (value) => value.split("(").length === value.split(")").length,
);
