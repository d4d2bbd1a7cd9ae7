// Runs TypeScript of this checkout with everything it imports compiled into one file and kept, which halves the time to start
// (docs/decisions/0012). Plain JavaScript, since it is what runs first. The published package does without.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { Script } = require("node:vm");

const ROOT = join(__dirname, "..");
const SOURCES = ["bin", "cli", "config", "constructs", "operations", "plan", "review", "stacks"];

/**
 * Runs a module. Any change of a source or a dependency compiles it anew. Where that cannot be done the module runs as it is,
 * and so it does once more when it fails, for a trace that names the sources.
 *
 * @param {string} entry the module, relative to the project's folder
 * @param {{ bundlePackages: boolean }} options whether dependencies are compiled in, too: quicker, when all of them are needed
 * @param {() => void} uncompiled runs the module as it is
 */
exports.runCompiled = function runCompiled(entry, options, uncompiled) {
  // cdktf 0.21 calls util.isArray, which Node 22 and later warn about; nobody who runs this can change it.
  process.noDeprecation = true;
  try {
    const module = { exports: {} };
    // The only file that is read beside its module lies in constructs/.
    const folder = join(ROOT, "constructs");
    const run = compiled(entry, options).runInThisContext();
    run(module.exports, createRequire(join(ROOT, entry)), module, join(folder, "index.ts"), folder);
  } catch {
    uncompiled();
  }
};

function compiled(entry, options) {
  const cache = join(ROOT, "node_modules/.cache/private-registry", entry.replace(/\W/g, "-"));
  const file = join(cache, `${fingerprint(entry)}.js`);
  if (!fs.existsSync(file)) {
    fs.rmSync(cache, { recursive: true, force: true });
    fs.mkdirSync(cache, { recursive: true });
    write(file, build(entry, options));
  }
  const bytecode = file.replace(/js$/, "bin");
  const cachedData = fs.existsSync(bytecode) ? fs.readFileSync(bytecode) : undefined;
  const script = new Script(fs.readFileSync(file, "utf8"), { filename: file, cachedData });
  // After the run, when V8 has compiled what was really needed.
  if (!cachedData || script.cachedDataRejected) process.once("exit", () => write(bytecode, script.createCachedData()));
  return script;
}

function build(entry, { bundlePackages }) {
  const { outputFiles } = require("esbuild").buildSync({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    packages: bundlePackages ? "bundle" : "external",
    platform: "node",
    target: "node20",
    // `import()` becomes a `require()` that is run later.
    supported: { "dynamic-import": false },
    logLevel: "silent",
    write: false,
  });
  return `(function (exports, require, module, __filename, __dirname) {${outputFiles[0].text}\n})`;
}

/** Whole or not at all: two runs at once must not read each other's half. A folder that cannot be written costs only time. */
function write(file, content) {
  try {
    const temporary = `${file}.${process.pid}`;
    fs.writeFileSync(temporary, content);
    fs.renameSync(temporary, file);
  } catch {}
}

/** Changes with Node, with any dependency, and with any source. */
function fingerprint(entry) {
  const hash = createHash("sha1").update(process.version).update(ROOT);
  const sources = SOURCES.flatMap((folder) =>
    fs.readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(folder, name)),
  );
  for (const name of [entry, "package.json", "node_modules/.package-lock.json", ...sources.sort()]) {
    const { mtimeMs, size } = fs.statSync(join(ROOT, name));
    hash.update(`${name} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex");
}
