import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { RunningProcess } from "./process";
import { writeFile } from "./registry-process";

const EXAMPLES = "examples/proxies";
const TOKENS = "127.0.0.1:5001";

/** An example's text with what it must be on this machine; each replaced text must be in it. */
function example(name: string, replace: Record<string, string>): string {
  return Object.entries(replace).reduce(
    (text, [from, to]) => {
      expect(text).toContain(from);
      return text.replaceAll(from, to);
    },
    readFileSync(`${EXAMPLES}/${name}`, "utf8"),
  );
}

export interface ProxyOptions {
  /** The name that clients use. */
  readonly host: string;
  readonly port: number;
  /** Files, PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Host and port that it is in front of. */
  readonly to: string;
  /** Host and port that tokens come from. @default - the examples' own, where nobody is */
  readonly tokens?: string;
  /** What nginx takes in one request, e.g. `20m`. @default - the example's own: anything */
  readonly maxBody?: string;
}

/** Starts a proxy as an example of ours configures it. @param path of a file of its own */
export type StartProxy = (
  binary: string,
  path: (...names: string[]) => string,
  options: ProxyOptions,
) => Promise<RunningProcess>;

export const startNginx: StartProxy = async (binary, path, options) => {
  const { host, port, certificate, key, to, tokens = TOKENS, maxBody = "0" } = options;
  const site = example("nginx.conf", {
    "    listen [::]:443 ssl http2;\n": "",
    "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
    "registry.example.com": host,
    "/etc/ssl/registry/fullchain.pem": certificate,
    "/etc/ssl/registry/privkey.pem": key,
    "http://127.0.0.1:5000": `http://${to}`,
    "client_max_body_size 0": `client_max_body_size ${maxBody}`,
    [TOKENS]: tokens,
  });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${path(name)};`,
  );
  const main = `daemon off; pid ${path("nginx.pid")}; error_log stderr; events {}\nhttp { access_log off; ${temporary.join(" ")}\n${site}}\n`;
  const file = writeFile(path("nginx.conf"), main);
  return new RunningProcess(binary, ["-p", path(), "-c", file, "-e", "stderr"]).listensOn(port);
};

export const startCaddy: StartProxy = async (binary, path, { host, port, certificate, key, to, tokens = TOKENS }) => {
  const site = example("Caddyfile", {
    "registry.example.com {\n": `https://${host}:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}\n`,
    "127.0.0.1:5000": to,
    [TOKENS]: tokens,
  });
  const file = writeFile(path("Caddyfile"), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
  const environment = { HOME: path(), XDG_DATA_HOME: path("data"), XDG_CONFIG_HOME: path("config") };
  return new RunningProcess(binary, ["run", "--adapter", "caddyfile", "--config", file], { environment }).listensOn(
    port,
  );
};
