import type { AuditAction, AuditEvent } from "./event";

/** Turns a container's lines into events, one after the other. */
export type LogReader = (line: string) => AuditEvent | undefined;

type Fields = Readonly<Record<string, unknown>>;

/** Messages of lines that matter; most lines are others, and are not parsed. */
const MATTERS = /response completed|user failed to authenticate|error authorizing context/;

/** Why a request was refused at the door, as Distribution says it. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/authentication failure$/, "wrong user or password"],
  [/insufficient scope$/, "not allowed"],
  [/invalid token$/, "invalid token"],
];

/**
 * What each client is told first, and comes back with a login. Whoever wants to change something knows that already. Not so with
 * tokens, where «authorization token required» is how a client learns which token to get.
 */
const NO_LOGIN = /invalid authorization credential$/;
const CHANGES = /^(?:PUT|DELETE)$/;

const BASE = "http://registry";

/** Names of users whose password was wrong are said a line earlier; so many of those lines are remembered. */
const REMEMBERED = 100;

/**
 * Reads the log of Distribution 3.1, in any of its three formats. One request is one event at most. Whatever is not named here
 * stays out of it: addresses carry signatures, and referrers carry whatever a client puts there.
 */
export function distributionLog(): LogReader {
  const wrongPasswords = new Map<string, string>();
  return (line) => {
    if (!MATTERS.test(line)) return undefined;
    const fields = parseLine(line);
    const message = textOf(fields?.msg ?? fields?.message);
    if (!fields || message === undefined) return undefined;
    const id = textOf(fields["http.request.id"]) ?? "";
    if (message.startsWith("response completed")) return completed(fields);
    if (message.startsWith("error authorizing context")) {
      const user = wrongPasswords.get(id);
      wrongPasswords.delete(id);
      return refused(fields, message, user);
    }
    remember(wrongPasswords, id, textOf(fields.username));
    return undefined;
  };
}

function remember(all: Map<string, string>, id: string, user: string | undefined): void {
  if (user === undefined) return;
  all.set(id, user);
  const [oldest = ""] = all.keys();
  if (all.size > REMEMBERED) all.delete(oldest);
}

function refused(fields: Fields, message: string, user: string | undefined): AuditEvent | undefined {
  const [, known] = REFUSALS.find(([pattern]) => pattern.test(message)) ?? [];
  const isAttempt = NO_LOGIN.test(message) && CHANGES.test(textOf(fields["http.request.method"]) ?? "");
  const result = known ?? (isAttempt ? "no login" : undefined);
  return result === undefined ? undefined : event(fields, "failed", result, { user, status: 401 });
}

function completed(fields: Fields): AuditEvent | undefined {
  const method = textOf(fields["http.request.method"]);
  const uri = textOf(fields["http.request.uri"]) ?? "/";
  const url = URL.canParse(uri, BASE) ? new URL(uri, BASE) : undefined;
  const action = url && actionOf(method, url);
  const status = Number(fields["http.response.status"]);
  // An answer with a 401 was told of by the refusal.
  if (!action || status === 401) return undefined;
  const result = status < 400 ? "ok" : (textOf(fields["err.code"]) ?? `HTTP ${status}`);
  if (action !== "mount") return event(fields, action, result, { status });
  // 202: the layer is not there, and is uploaded instead.
  if (status === 202) return undefined;
  const mounted = {
    digest: url.searchParams.get("mount") ?? undefined,
    from: url.searchParams.get("from") ?? undefined,
  };
  return event(fields, action, result, { ...mounted, status });
}

function actionOf(method: string | undefined, { pathname, searchParams }: URL): AuditAction | undefined {
  const isManifest = /\/manifests\/[^/]+$/.test(pathname);
  const isLayer = /\/blobs\/[^/]+$/.test(pathname);
  switch (method) {
    case "GET":
      return pathname === "/v2/" ? "login" : isManifest ? "pull" : undefined;
    case "PUT":
      return isManifest ? "push" : undefined;
    case "DELETE":
      return isManifest || isLayer ? "delete" : undefined;
    case "POST":
      return searchParams.has("mount") && searchParams.has("from") ? "mount" : undefined;
    default:
      return undefined;
  }
}

function event(fields: Fields, action: AuditAction, result: string, more: Partial<AuditEvent>): AuditEvent | undefined {
  const user = more.user ?? textOf(fields["auth.user.name"]);
  // Without users everybody may ask.
  if (action === "login" && user === undefined) return undefined;
  const time = textOf(fields.time ?? fields["@timestamp"]);
  if (time === undefined || Number.isNaN(Date.parse(time))) return undefined;
  const reference = textOf(fields["vars.reference"] ?? fields["vars.digest"]);
  const isDigest = reference?.includes(":");
  return {
    time: new Date(time).toISOString(),
    action,
    user,
    repository: textOf(fields["vars.name"]),
    tag: isDigest ? undefined : reference,
    digest: more.digest ?? (isDigest ? reference : undefined),
    from: more.from,
    ...addressOf(textOf(fields["http.request.remoteaddr"])),
    agent: textOf(fields["http.request.useragent"])?.slice(0, 200),
    result,
    status: more.status,
    id: textOf(fields["http.request.id"]),
  };
}

/** A connection has a port. What X-Forwarded-For or X-Real-Ip say goes before it, and has none. */
function addressOf(address: string | undefined): Pick<AuditEvent, "address" | "forwarded"> {
  if (address === undefined) return {};
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+)):\d+$/.exec(address) ?? [];
  const peer = v6 ?? v4;
  return peer === undefined ? { address, forwarded: true } : { address: peer };
}

/** A line as `json` and `logstash` write it, or as `text` does: `key=value`, quoted where needed. */
function parseLine(line: string): Fields | undefined {
  if (line.startsWith("{")) return parseJson(line);
  if (!line.startsWith("time=")) return undefined;
  const pairs = [...line.matchAll(/([^\s=]+)=("(?:\\.|[^"\\])*"|\S*)/g)];
  return Object.fromEntries(
    pairs.map(([, key, value = ""]) => [key, value.startsWith('"') ? (parseJson(value) ?? value) : value]),
  );
}

function parseJson<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
