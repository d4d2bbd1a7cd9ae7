import { Fn, Token } from "cdktf";
import { z } from "zod";
import type { ContainerFile } from "../platform/platform";
import { duration, seconds, text, url } from "./values";

/** `proxy`: a pull-through cache of one upstream. */
export const proxy = z.strictObject({
  remoteurl: url(),
  username: text().optional(),
  password: text().optional(),
  exec: z.strictObject({ command: text(), lifetime: duration().optional() }).optional(),
  // "0" never expires.
  ttl: z.union([z.literal("0"), duration()], { error: "must be a duration with its unit, or 0" }).optional(),
  cachewritetimeout: duration().optional(),
});

type Proxy = z.input<typeof proxy>;

interface Cached {
  readonly proxy?: Proxy;
  readonly storage: {
    readonly s3?: unknown;
    readonly cache?: unknown;
    readonly delete?: { readonly enabled: boolean };
    readonly maintenance?: { readonly readonly?: { readonly enabled: boolean } };
  };
  readonly http: { readonly draintimeout?: string };
}

/** What makes a pull-through cache lose or refuse what it holds, all of it observed on Distribution 3.1.2. */
export function proxyProblems({ proxy, storage, http }: Cached): { path: string[]; rule: string }[] {
  if (!proxy) return [];
  // What Distribution takes when they are absent.
  const { ttl = "168h", cachewritetimeout = "5m" } = proxy;
  const expires = seconds(ttl) !== 0;
  const found: [boolean, string[], string][] = [
    [
      storage.cache !== undefined,
      ["storage", "cache", "blobdescriptor"],
      "must not be used with `proxy`: for a blob that was removed the registry would answer 200 with no bytes",
    ],
    [
      storage.maintenance?.readonly?.enabled === true,
      ["storage", "maintenance", "readonly", "enabled"],
      "must not be used with `proxy`: the cache could store nothing",
    ],
    [
      expires && storage.delete?.enabled !== true,
      ["proxy", "ttl"],
      "needs `storage.delete.enabled: true`, or nothing expires; 0s keeps everything",
    ],
    [
      expires && seconds(http.draintimeout ?? "0") === 0,
      ["proxy", "ttl"],
      "needs `http.draintimeout`, or a restart forgets what has to expire; 0s keeps everything",
    ],
    [
      storage.s3 !== undefined && (seconds(cachewritetimeout) ?? MINIMUM_WRITE_SECONDS) < MINIMUM_WRITE_SECONDS,
      ["proxy", "cachewritetimeout"],
      "must be 1h or more with `storage.s3`: a first download that takes longer is cut off, every time",
    ],
    [
      (proxy.username === undefined) !== (proxy.password === undefined),
      ["proxy", proxy.username === undefined ? "password" : "username"],
      "must be given as a pair: username and password",
    ],
    [
      proxy.exec !== undefined && proxy.username !== undefined,
      ["proxy", "username"],
      "must not be given together with `exec`, which Distribution prefers",
    ],
  ];
  return found.flatMap(([broken, path, rule]) => (broken ? [{ path, rule }] : []));
}

const MINIMUM_WRITE_SECONDS = 3600;

/** Prints the login for the upstream as Docker's credential helpers do. */
const HELPER = "/etc/distribution/upstream-login";
const LOGIN = "/run/secrets/upstream-login.json";

/** Against Distribution's own: 168h and 5m. */
export const PROXY_DEFAULTS = { ttl: "0s", cachewritetimeout: "24h" };

/**
 * A cache's login as a helper that Distribution asks, with the files for it. With a helper, Distribution does not ask its
 * upstream at the start; without, it ends while the upstream refuses connections, and what it holds is away with it.
 */
export function upstreamLogin(given: Proxy | undefined): { readonly proxy?: Proxy; readonly files: ContainerFile[] } {
  if (!given || given.exec) return { proxy: given, files: [] };
  const { username, password, ...rest } = given;
  // Empty means anonymous.
  const login = { Username: username ?? "", Secret: password ?? "" };
  return {
    proxy: { ...rest, exec: { command: HELPER } },
    files: [
      { path: HELPER, content: `#!/usr/bin/env sh\nexec cat ${LOGIN}\n`, mode: "0555" },
      { path: LOGIN, content: encode(login), mode: "0400" },
    ],
  };
}

function encode(login: object): string {
  const json = JSON.stringify(login);
  return Token.isUnresolved(json) ? Fn.jsonencode(login) : json;
}
