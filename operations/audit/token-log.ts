import type { LogReader } from "./distribution-log";

/** docker_auth's lines, after the time that the engine wrote before each: `W1127 10:00:00.000000       1 server.go:493] …`. */
const LINE = /^(\S+) W\d{4} [\d:.]+ +\d+ server\.go:\d+\] (.*)$/;
/** Said a line before of a name that nobody has, not of a wrong password. */
const NOBODY = /^(\{.*\}) did not match any authn rule$/;
const REFUSED = /^Auth failed: (\{.*\})$/;

/**
 * `{NAME:***@ADDRESS:PORT [{repository  NAME [ACTIONS]} …]}`. The name is whatever somebody typed, and the address that counts is
 * the last: what is asked for has no room for one.
 */
const REQUEST = /^\{(.*):(?:\*\*\*)?@(?:\[([^\]\s]+)\]|([\d.]+)):\d+ (\[.*\])\}$/;
/** One repository was asked for, by a name that one can have. */
const REPOSITORY = /^\[\{repository {1,2}([a-z0-9]+(?:[._/-]+[a-z0-9]+)*) \[[a-z* ]*\]\}\]$/;

/** Requests without a user are said a line earlier; so many of those lines are remembered. */
const REMEMBERED = 100;

/**
 * Reads the log of docker_auth 1.14 with the engine's times: the logins that it refused, of which the registry hears nothing. One
 * request is one event at most. A client's first request, which has no name, is none.
 */
export function tokenLog(): LogReader {
  const nobodys = new Set<string>();
  return (line) => {
    const [, time = "", text = ""] = LINE.exec(line) ?? [];
    const [, unknown] = NOBODY.exec(text) ?? [];
    if (unknown !== undefined) {
      nobodys.add(unknown);
      const [oldest = ""] = nobodys;
      if (nobodys.size > REMEMBERED) nobodys.delete(oldest);
      return undefined;
    }
    const [, request = ""] = REFUSED.exec(text) ?? [];
    const [, name, v6, v4, scopes = ""] = REQUEST.exec(request) ?? [];
    if (!name || Number.isNaN(Date.parse(time))) return undefined;
    return {
      time: new Date(time).toISOString(),
      action: "failed",
      // A name that nobody has may be a password that went into the wrong field.
      user: nobodys.delete(request) ? undefined : name,
      repository: REPOSITORY.exec(scopes)?.[1],
      address: v6 ?? v4,
      result: "wrong user or password",
      status: 401,
      id: time,
    };
  };
}
