/** Where a registry that takes tokens only says they are given, and what one would have to allow. */
export interface TokenChallenge {
  readonly realm: URL;
  readonly service?: string;
  readonly scopes: readonly string[];
}

/**
 * Reads `WWW-Authenticate: Bearer realm="…",service="…",scope="…"`.
 * @returns nothing for another way to log in, and for a place that a password must not go to: one in the clear, named by a registry
 *   that speaks TLS
 */
export function tokenChallenge(header: string | undefined, registry: URL): TokenChallenge | undefined {
  if (!header || !/^bearer\s/i.test(header)) return undefined;
  const given = new Map([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]));
  const place = given.get("realm") ?? "";
  if (!URL.canParse(place)) return undefined;
  const realm = new URL(place);
  const isFine = realm.protocol === "https:" || (realm.protocol === "http:" && registry.protocol === "http:");
  if (!isFine) return undefined;
  return { realm, service: given.get("service"), scopes: (given.get("scope") ?? "").split(" ").filter(Boolean) };
}

/** The URL to ask for the token. */
export function tokenUrl({ realm, service, scopes }: TokenChallenge, user: string): URL {
  const url = new URL(realm);
  if (service) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  url.searchParams.set("account", user);
  return url;
}

/** The token in a token server's answer; there are two names for it. */
export function tokenIn(body: Buffer): string | undefined {
  try {
    const { token, access_token } = JSON.parse(body.toString("utf8")) as { token?: unknown; access_token?: unknown };
    const found = token ?? access_token;
    return typeof found === "string" && found !== "" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Requests that one token does for: the same repository, read or changed. */
export function sameToken(method: string, { pathname }: URL, user: string): string {
  const [, repository = pathname] = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(pathname) ?? [];
  const kind = method === "GET" || method === "HEAD" ? "read" : method === "DELETE" ? "delete" : "write";
  return `${user} ${kind} ${repository}`;
}
