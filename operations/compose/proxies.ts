import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ComposeFile } from "./file";
import type { ComposeMount, ComposeService } from "./service";

/** A proxy of the compose file that leads to the registry. */
export interface FoundProxy {
  readonly kind: "Traefik" | "Caddy" | "nginx" | "nginx-proxy";
  /** What says so: a file with its line, or a label. */
  readonly where: string;
  /** The name that clients use. */
  readonly host: string;
  readonly scheme: "http" | "https";
  /** A network that the proxy and the registry share. @default - it goes through the Docker host's port */
  readonly network?: string;
  /** The line that leads to the registry. @default - labels do, and move with it */
  readonly upstream?: string;
  /** What bounds an upload, as it is written. @default - nothing, or the proxy's own default */
  readonly limit?: string;
}

/** Looks at labels, Caddyfiles and nginx's files of a compose file. The first that leads to the registry is taken. */
export function findProxy(file: ComposeFile, registry: ComposeService): FoundProxy | undefined {
  const others = file.services.filter(({ name }) => name !== registry.name);
  const shared = (proxy?: ComposeService) => proxy?.networks.find((network) => registry.networks.includes(network));
  const byLabels = fromLabels(registry);
  if (byLabels) return { ...byLabels, network: registry.networks[0] };
  for (const proxy of others) {
    for (const { path, text } of textFiles(proxy.mounts)) {
      const found = /caddy/i.test(proxy.base) ? inCaddyfile(text, registry) : inNginx(text, registry);
      if (found) {
        const { line, ...rest } = found;
        const isByName = registry.hostNames.some((name) => found.upstream.includes(name));
        return { ...rest, where: `${path}:${line}`, network: isByName ? shared(proxy) : undefined };
      }
    }
  }
  return undefined;
}

function fromLabels({ labels, environment }: ComposeService): FoundProxy | undefined {
  const find = (pattern: RegExp) => Object.entries(labels).find(([name]) => pattern.test(name));
  const [rule, text = ""] = find(/^traefik\.http\.routers\.[^.]+\.rule$/) ?? [];
  const [, host] = /\bHost\(\s*[`"']([^`"']+)/.exec(text) ?? [];
  if (rule && host) {
    const router = rule.replace(/\.rule$/, "");
    const isTls =
      find(/\.tls(\.|$)/) !== undefined || /websecure|https|443/.test(labels[`${router}.entrypoints`] ?? "");
    const limit = find(/^traefik\.http\.middlewares\.[^.]+\.buffering\.maxrequestbodybytes$/i);
    return {
      ...{ kind: "Traefik", where: `label ${rule}`, host, scheme: isTls ? "https" : "http" },
      limit: limit && `${limit[0]}=${limit[1]}`,
    };
  }
  const caddy = labels.caddy ?? labels.caddy_0;
  if (caddy) {
    const scheme = caddy.startsWith("http://") ? "http" : "https";
    return { kind: "Caddy", where: "label caddy", host: caddy.replace(/^https?:\/\//, ""), scheme };
  }
  const virtual = environment.VIRTUAL_HOST?.split(",")[0];
  if (!virtual) return undefined;
  const scheme = environment.LETSENCRYPT_HOST ? "https" : "http";
  return { kind: "nginx-proxy", where: "variable VIRTUAL_HOST", host: virtual, scheme };
}

type InFile = Omit<FoundProxy, "where" | "network"> & { readonly line: number; readonly upstream: string };

/** A site is its addresses, then a block. */
function inCaddyfile(text: string, registry: ComposeService): InFile | undefined {
  for (const { head, body, line } of blocks(text)) {
    const upstream = leadsTo(body, /^\s*reverse_proxy\b.*$/gm, registry);
    const address = head.split(/[\s,]+/)[0] ?? "";
    if (!upstream || !address) continue;
    const scheme = address.startsWith("http://") || /^:\d|:80$/.test(address) ? "http" : "https";
    const [limit] = /max_size\s+\S+/.exec(body) ?? [];
    const host = address.replace(/^https?:\/\//, "").replace(/:\d+$/, "");
    if (host) return { kind: "Caddy", host, scheme, upstream, limit, line };
  }
  return undefined;
}

/** `server { … }` with a `proxy_pass` to the registry, or to an `upstream` that is it. */
function inNginx(text: string, registry: ComposeService): InFile | undefined {
  const all = blocks(text.replace(/^[ \t]*http[ \t]*\{/m, ""));
  const upstreams = all.filter(
    ({ head, body }) => /^upstream\s/.test(head) && leadsTo(body, /^\s*server\b.*$/gm, registry),
  );
  const names = upstreams.map(({ head }) => head.split(/\s+/)[1] ?? "");
  for (const { body, line } of all.filter(({ head }) => head === "server")) {
    const direct = leadsTo(body, /proxy_pass\s+[^;]+;/g, registry);
    const named = leadsTo(body, /proxy_pass\s+[^;]+;/g, { hostNames: names, ports: [] });
    const [, host] = /server_name\s+([^\s;]+)/.exec(body) ?? [];
    if (!host || host === "_" || !(direct ?? named)) continue;
    const [limit] = /client_max_body_size\s+[^;]+/.exec(`${body}\n${text}`) ?? [];
    const scheme = /listen\s+[^;]*(443|ssl)/.test(body) ? "https" : "http";
    const [inUpstream] = upstreams;
    const upstream = direct ?? (inUpstream && leadsTo(inUpstream.body, /^\s*server\b.*$/gm, registry)) ?? "";
    return { kind: "nginx", host, scheme, upstream, limit, line };
  }
  return undefined;
}

/** The line that names the registry, or a port of this host that leads to it. */
function leadsTo(body: string, pattern: RegExp, to: Pick<ComposeService, "hostNames" | "ports">): string | undefined {
  const published = to.ports.map(({ published }) => published).filter(Boolean);
  return [...body.matchAll(pattern)]
    .map(([line]) => line.trim())
    .find((line) => {
      const [, host = "", port] =
        /\s(?:https?:\/\/)?([\w.-]+)(?::(\d+))?(?:[/;]\S*)?$/.exec(line.replace(/\s*\{$/, "")) ?? [];
      const isThisHost = /^(localhost|127\.|host\.docker\.internal|172\.)/.test(host);
      return to.hostNames.includes(host) || (isThisHost && published.includes(Number(port)));
    });
}

/** Outermost blocks in braces, with the words before them. */
function blocks(text: string): { head: string; body: string; line: number }[] {
  const found: { head: string; body: string; line: number }[] = [];
  let depth = 0;
  let head = "";
  let start = 0;
  const clean = text.replace(/#.*$/gm, (comment) => " ".repeat(comment.length));
  for (let at = 0, from = 0; at < clean.length; at++) {
    const letter = clean[at];
    // A placeholder such as {$DOMAIN} or {host} is no block.
    const placeholder = letter === "{" ? /^\{[$%\w.-]+\}/.exec(clean.slice(at, at + 80)) : null;
    if (placeholder) at += placeholder[0].length - 1;
    else if (letter === "{" && depth++ === 0) {
      head = clean.slice(from, at).trim().split(/[\n;]/).at(-1)?.trim() ?? "";
      start = at + 1;
    } else if (letter === "}" && depth > 0 && --depth === 0) {
      found.push({ head, body: clean.slice(start, at), line: clean.slice(0, start).split("\n").length });
      from = at + 1;
    }
  }
  return found;
}

/** Mounted files that could be a proxy's configuration; of a folder, those directly in it. */
function textFiles(mounts: readonly ComposeMount[]): { path: string; text: string }[] {
  return mounts
    .filter(({ kind, source }) => kind === "bind" && source !== undefined && existsSync(source))
    .flatMap(({ source = "" }) =>
      statSync(source).isDirectory() ? readdirSync(source).map((name) => join(source, name)) : [source],
    )
    .filter((path) => /(Caddyfile[^/]*|\.conf|\.template|\.caddy)$/.test(path) && statSync(path).size < 1e6)
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}
