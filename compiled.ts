import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

/**
 * Runs a module of this project, with everything it imports compiled into one file and kept: half the time that loading
 * 600 modules one by one takes (docs/decisions/0012). Any change of a source or a dependency compiles it anew. Where that
 * cannot be done the module runs as it is, and a failure is repeated so, for a trace that names the sources.
 *
 * @param root the project's folder
 * @param entry the module, relative to the root
 * @param uncompiled runs it as it is
 */
export function runCompiled(root: string, entry: string, uncompiled: () => void): void {
  // cdktf 0.21 calls util.isArray, which Node 22 and later warn about; nobody who runs this can change it.
  process.noDeprecation = true;
  let script: Script;
  try {
    script = compiled(root, entry);
    const module = { exports: {} };
    // The only file that is read beside its module lies in constructs/.
    const folder = join(root, "constructs");
    script.runInThisContext()(
      module.exports,
      createRequire(join(root, entry)),
      module,
      join(folder, "index.ts"),
      folder,
    );
  } catch {
    uncompiled();
  }
}

function compiled(root: string, entry: string): Script {
  const cache = join(root, "node_modules/.cache/private-registry");
  const file = join(cache, `${fingerprint(root, entry)}.js`);
  if (!existsSync(file)) build(root, entry, cache, file);
  const bytecode = file.replace(/js$/, "bin");
  const cachedData = existsSync(bytecode) ? readFileSync(bytecode) : undefined;
  const script = new Script(readFileSync(file, "utf8"), { filename: file, cachedData });
  // After the run, when V8 has compiled what was really needed.
  if (!cachedData || script.cachedDataRejected) {
    process.once("exit", () => write(bytecode, script.createCachedData()));
  }
  return script;
}

function build(root: string, entry: string, cache: string, file: string): void {
  const { buildSync } = createRequire(join(root, entry))("esbuild") as typeof import("esbuild");
  rmSync(cache, { recursive: true, force: true });
  const [bundle] = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "silent",
    write: false,
  }).outputFiles;
  write(file, `(function (exports, require, module, __filename, __dirname) {${bundle?.text ?? ""}\n})`);
}

/** Whole or not at all: two runs at once must not read each other's half. */
function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

/** Changes with Node, with any dependency, and with any source. */
function fingerprint(root: string, entry: string): string {
  const hash = createHash("sha1").update(process.version).update(root);
  const sources = ["config", "constructs", "stacks"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  for (const name of [entry, "node_modules/.package-lock.json", ...sources.sort()]) {
    const { mtimeMs, size } = statSync(join(root, name));
    hash.update(`${name} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex");
}
