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
