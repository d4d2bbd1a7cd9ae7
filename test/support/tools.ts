import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { describe } from "vitest";
import { run } from "./process";

/** Programs of the integration tier, each a Go module in one version. */
const TOOLS = {
  registry: { module: "github.com/distribution/distribution/v3", version: "v3.1.2" },
  crane: { module: "github.com/google/go-containerregistry", version: "v0.22.1" },
  /** Stands in for RustFS: an S3 server without RustFS's admin API. */
  versitygw: { module: "github.com/versity/versitygw", version: "v1.8.0" },
} as const;

export type ToolName = keyof typeof TOOLS;
/** Path of each program, by its name. */
export type Tools = Readonly<Record<ToolName, string>>;

const CACHE = resolve(__dirname, "../../node_modules/.cache/tools");

/**
 * A group of tests that needs programs. They are looked for on PATH, then built with Go. When one can be had neither way,
 * the group is skipped and its title says what is missing.
 */
export function describeWithTools(title: string, needs: readonly ToolName[], define: (tools: Tools) => void): void {
  describe("with real programs", async () => {
    const paths: Partial<Record<ToolName, string>> = {};
    const missing: string[] = [];
    for (const name of needs) {
      const tool = await find(name);
      if (tool.missing) missing.push(tool.missing);
      paths[name] = tool.path;
    }
    describeUnless(missing.join("; "), title, () => define(paths as Tools));
  });
}

/** A group of tests that is skipped for a reason, unless the reason is empty; its title says it. */
export function describeUnless(reason: string | undefined, title: string, define: () => void): void {
  describe.skipIf(reason)(reason ? `${title} (skipped: ${reason})` : title, define);
}

/** Path of a program that no test builds; `variable` may name it, else it is looked for on PATH. */
export function onPath(name: string, variable?: string): string | undefined {
  const given = variable && process.env[variable];
  if (given) return given;
  const directories = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

interface Found {
  readonly path?: string;
  readonly missing?: string;
}

async function find(name: ToolName): Promise<Found> {
  const { module, version } = TOOLS[name];
  const installed = onPath(name);
  if (installed && isBuiltFrom(installed, module, version)) return { path: installed };
  const directory = join(CACHE, `${name}-${version}`);
  const path = join(directory, name);
  if (existsSync(path)) return { path };
  const what = `no ${name} ${version} on PATH`;
  if (!onPath("go")) return { missing: `${what} and no go to build it` };
  mkdirSync(directory, { recursive: true });
  const environment = { ...(process.env as Record<string, string>), CGO_ENABLED: "0", GOBIN: directory };
  const build = await run("go", ["install", `${module}/cmd/${name}@${version}`], { environment, timeoutMs: 900_000 });
  return build.code === 0 ? { path } : { missing: `${what} and go could not build it: ${lastLine(build.stderr)}` };
}

/** Go writes the main module and its version into every program; not all of these print it. */
function isBuiltFrom(path: string, module: string, version: string): boolean {
  return readFileSync(path).includes(`mod\t${module}\t${version}\t`);
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
