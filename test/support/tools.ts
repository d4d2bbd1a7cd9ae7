import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { describe } from "vitest";
import { run } from "./process";

/** Programs of the integration tier, each a Go module in one version. */
const TOOLS = {
  registry: { module: "github.com/distribution/distribution/v3", version: "v3.1.2" },
  /** The version before, to upgrade from. */
  "older-registry": { module: "github.com/distribution/distribution/v3", version: "v3.1.1", command: "registry" },
  amtool: { module: "github.com/prometheus/alertmanager", version: "v0.35.0" },
  crane: { module: "github.com/google/go-containerregistry", version: "v0.22.1" },
  /** Stands in for RustFS: an S3 server without RustFS's admin API. */
  versitygw: { module: "github.com/versity/versitygw", version: "v1.8.0" },
  caddy: { module: "github.com/caddyserver/caddy/v2", version: "v2.10.2" },
  /** Beside Debian's: an ACME server whose certificates Distribution cannot fetch. */
  "newer-pebble": { module: "github.com/letsencrypt/pebble/v2", version: "v2.10.1", command: "pebble" },
} as const satisfies Record<string, { module: string; version: string; command?: string }>;

const CACHE = resolve(__dirname, "../../node_modules/.cache/tools");

/**
 * A group of tests that needs programs, by name. They are looked for on PATH; those that are Go modules are built when they
 * are not there. When one cannot be had, the group is skipped and the titles of its tests say what is missing.
 *
 * @param define gets the path of each program
 */
export function describeWithTools<Name extends string>(
  title: string,
  needs: readonly Name[],
  define: (tools: Record<Name, string>) => void,
): void {
  describe(title, async () => {
    const paths: Partial<Record<string, string>> = {};
    const missing: string[] = [];
    for (const name of needs) {
      const tool = await find(name);
      if (tool.missing) missing.push(tool.missing);
      paths[name] = tool.path;
    }
    if (missing.length === 0) define(paths as Record<Name, string>);
    else describe.skipIf(true)(`skipped: ${missing.join("; ")}`, () => define(paths as Record<Name, string>));
  });
}

/** A group of tests that is skipped for a reason, if there is one; its title says it. */
export function describeUnless(reason: string | undefined, title: string, define: () => void): void {
  describe.skipIf(reason)(reason ? `${title} (skipped: ${reason})` : title, define);
}

/** Path of a program; `RUSTFS_BINARY` names RustFS, everything else is looked for on PATH. */
export function onPath(name: string): string | undefined {
  if (name === "rustfs" && process.env.RUSTFS_BINARY) return process.env.RUSTFS_BINARY;
  const directories = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

interface Found {
  readonly path?: string;
  readonly missing?: string;
}

async function find(name: string): Promise<Found> {
  const installed = onPath(name);
  if (!isTool(name)) return installed ? { path: installed } : { missing: `no ${name} on PATH` };
  const { module, version, command = name }: { module: string; version: string; command?: string } = TOOLS[name];
  if (installed && isBuiltFrom(installed, module, version)) return { path: installed };
  const directory = join(CACHE, `${name}-${version}`);
  const path = join(directory, command);
  if (existsSync(path)) return { path };
  const what = `no ${name} ${version} on PATH`;
  if (!onPath("go")) return { missing: `${what} and no go to build it` };
  mkdirSync(directory, { recursive: true });
  const environment = { ...(process.env as Record<string, string>), CGO_ENABLED: "0", GOBIN: directory };
  const build = await run("go", ["install", `${module}/cmd/${command}@${version}`], {
    environment,
    timeoutMs: 900_000,
  });
  return build.code === 0 ? { path } : { missing: `${what} and go could not build it: ${lastLine(build.stderr)}` };
}

function isTool(name: string): name is keyof typeof TOOLS {
  return name in TOOLS;
}

/** Go writes the main module and its version into every program; not all of these print it. */
function isBuiltFrom(path: string, module: string, version: string): boolean {
  return readFileSync(path).includes(`mod\t${module}\t${version}\t`);
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
