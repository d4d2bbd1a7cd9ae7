// Runs the project beside other versions of what it stands on, each in a copy of the last commit, and writes docs/matrix.md.
// Takes about a quarter of an hour: `npm run matrix`, or some rows only: `npm run matrix -- node cdktn`.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { STOCK_PROJECT } from "./stock-project.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const wanted = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "matrix-"));
const rows = [];

function run(command, args, options = {}) {
  return execFileSync(command, args, { encoding: "utf8", stdio: "pipe", maxBuffer: 2 ** 28, ...options });
}

/** Commits made while this runs change nothing. */
const commit = run("git", ["rev-parse", "HEAD"], { cwd: ROOT }).trim();

/** A copy of the last commit with its dependencies, some of them changed. */
function copy(name, change) {
  const directory = join(work, name);
  mkdirSync(directory);
  run("sh", ["-c", `git archive ${commit} | tar -x -C "${directory}"`], { cwd: ROOT });
  if (change) {
    const file = join(directory, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    change(manifest);
    writeFileSync(file, JSON.stringify(manifest, undefined, 2));
    rmSync(join(directory, "package-lock.json"));
  }
  run("npm", [change ? "install" : "ci", "--no-audit", "--no-fund", "--silent"], { cwd: directory });
  return directory;
}

/** Counts of the unit tests, or of some of them. */
function unit(directory, { node = process.execPath, paths = [] } = {}) {
  const report = join(directory, "unit.json");
  const args = [
    "run",
    "--project",
    "unit",
    "--update=none",
    "--retry=1",
    "--reporter=json",
    `--outputFile=${report}`,
    ...paths,
  ];
  try {
    // `npm` and what the tests start find the same Node.
    const env = { ...process.env, PATH: `${join(node, "..")}:${process.env.PATH}` };
    run(node, [join(directory, "node_modules/vitest/vitest.mjs"), ...args], { cwd: directory, env });
  } catch (error) {
    if (!existsSync(report)) throw error;
  }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  const failed = testResults.flatMap((file) =>
    file.assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
  );
  for (const name of failed) console.error(`  failed: ${name}`);
  return `${numPassedTests} passed${numFailedTests > 0 ? `, ${numFailedTests} failed` : ""}`;
}

/** What `npm start` writes, per environment. */
function synth(directory, node = process.execPath) {
  rmSync(join(directory, "cdktf.out"), { recursive: true, force: true });
  run(node, ["--import", "tsx", "main.ts"], { cwd: directory });
  const stacks = join(directory, "cdktf.out/stacks");
  return readdirSync(stacks).map((name) => readFileSync(join(stacks, name, "cdk.tf.json"), "utf8"));
}

/** Compared with this project's own versions: the same bytes, or the same data beside the framework's own comments. */
function compare(stacks) {
  if (stacks.every((text, n) => text === reference[n])) return "same bytes";
  const strip = (text) => JSON.stringify(JSON.parse(text, (key, value) => (key === "//" ? undefined : value)));
  return stacks.every((text, n) => strip(text) === strip(reference[n]))
    ? "same, but for the framework's stamp"
    : "DIFFERENT";
}

function row(group, what, version, check) {
  if (wanted.length > 0 && !wanted.includes(group)) return;
  console.log(`${what} ${version}`);
  let result;
  try {
    result = check();
  } catch (error) {
    console.error(String(error.stdout ?? "").slice(-2000), String(error.stderr ?? error.stack).slice(-2000));
    result = ["FAILED", ""];
  }
  console.log(`  ${result.join("; ")}`);
  rows.push([what, version, ...result]);
}

const CONSTRUCTS = ["test/constructs", "test/stacks"];
const base = copy("base");
const reference = synth(base);
const installed = (directory, name) =>
  JSON.parse(readFileSync(join(directory, "node_modules", name, "package.json"), "utf8")).version;

row("node", "Node", process.version.slice(1), () => [unit(base), compare(synth(base))]);
for (const major of [20, 22, 24, 26].filter((one) => !process.version.startsWith(`v${one}.`))) {
  const name = `node-${process.platform}-${process.arch}`;
  const home = join(work, `node${major}`);
  mkdirSync(home);
  if (wanted.length > 0 && !wanted.includes("node")) continue;
  run("npm", ["install", "--prefix", home, "--no-audit", "--no-fund", "--silent", `${name}@${major}`]);
  const node = join(home, "node_modules", name, "bin/node");
  row("node", "Node", installed(home, name), () => [unit(base, { node }), compare(synth(base, node))]);
}

const aliased = "npm:cdktn@0.24.0";
row("cdktn", "cdktn in place of cdktf, by npm override", "0.24.0", () => {
  const directory = copy("cdktn", (manifest) => {
    manifest.peerDependencies.cdktf = aliased;
    manifest.devDependencies.cdktf = aliased;
    // cdktn 0.24 asks for constructs below 10.8.
    manifest.devDependencies.constructs = "~10.7.0";
    manifest.overrides = { cdktf: aliased };
  });
  return [unit(directory), compare(synth(directory))];
});
for (const [version, label] of [
  ["10.4.2", "oldest"],
  ["latest", "newest"],
]) {
  row("constructs", `constructs, ${label}`, version, () => {
    const directory = copy(`constructs-${label}`, (manifest) => {
      manifest.devDependencies.constructs = version;
    });
    rows.version = installed(directory, "constructs");
    return [unit(directory, { paths: CONSTRUCTS }), compare(synth(directory))];
  });
  const last = rows.at(-1);
  if (last?.[0].startsWith("constructs")) last[1] = rows.version ?? last[1];
}

/** What the package asks its user to have. */
const { peerDependencies, devDependencies } = JSON.parse(readFileSync(join(base, "package.json"), "utf8"));
const PEERS = Object.keys(peerDependencies).map((name) => `${name}@${devDependencies[name]}`);

const consumer = `import { App, TerraformStack } from "cdktf";
import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { PrivateRegistry, type PrivateRegistryProps, RegistryStorage, RustFs } from "cdktf-private-registry";
const stack = new TerraformStack(new App(), "demo");
new DockerProvider(stack, "docker");
export const props: PrivateRegistryProps = { storage: RegistryStorage.rustfs({ console: { port: 9001 } }) };
export const made: PrivateRegistry = new PrivateRegistry(stack, "registry", props);
export const types: [typeof RustFs] = [RustFs];
`;
// node10 went with TypeScript 7.
const RESOLUTIONS = { node10: "commonjs", node16: "node16", nodenext: "nodenext", bundler: "esnext" };
for (const version of ["5.4", "5.9", "6", "7"]) {
  row("typescript", "TypeScript, checking an app that uses the package", version, () => {
    const directory = join(work, `typescript-${version}`);
    mkdirSync(directory);
    const tarball = run("npm", ["pack", "--silent", "--pack-destination", work], { cwd: base })
      .trim()
      .split("\n")
      .at(-1);
    writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    const packages = [join(work, tarball), ...PEERS];
    run(
      "npm",
      ["install", "--no-audit", "--no-fund", "--silent", ...packages, `typescript@${version}`, "@types/node@20"],
      {
        cwd: directory,
      },
    );
    writeFileSync(join(directory, "app.ts"), consumer);
    const found = installed(directory, "typescript");
    const checked = Object.entries(RESOLUTIONS)
      .filter(([name]) => !(name === "node10" && Number.parseInt(found, 10) >= 7))
      .map(([moduleResolution, module]) => {
        const stock = {
          target: "es2022",
          strict: true,
          noEmit: true,
          esModuleInterop: true,
          skipLibCheck: true,
          types: ["node"],
        };
        const old = found.startsWith("6") && moduleResolution === "node10" ? { ignoreDeprecations: "6.0" } : {};
        const compilerOptions = { ...stock, ...old, module, moduleResolution };
        writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
        run("npx", ["tsc", "-p", "."], { cwd: directory });
        return moduleResolution;
      });
    rows.version = found;
    return [`no errors under ${checked.join(", ")}`, "–"];
  });
  const last = rows.at(-1);
  if (last?.[0].startsWith("TypeScript")) last[1] = rows.version ?? last[1];
}

row("jest", "jest, in a project laid out as by `cdktf init --template=typescript`", "29", () => {
  const directory = join(work, "jest");
  mkdirSync(join(directory, "__tests__"), { recursive: true });
  const tarball = run("npm", ["pack", "--silent", "--pack-destination", work], { cwd: base }).trim().split("\n").at(-1);
  for (const [name, text] of Object.entries(STOCK_PROJECT)) writeFileSync(join(directory, name), text);
  const packages = [join(work, tarball), ...PEERS];
  const tools = ["jest@29", "ts-jest@29", "ts-node@10", "@types/jest@29", "@types/node@20", "typescript@5"];
  run("npm", ["install", "--no-audit", "--no-fund", "--silent", ...packages, ...tools], { cwd: directory });
  run("npx", ["tsc", "--noEmit"], { cwd: directory });
  run("npx", ["jest"], { cwd: directory });
  return ["1 passed, and type-checked", "–"];
});

for (const name of ["terraform", "tofu"]) {
  const title = name === "tofu" ? "OpenTofu, `validate`" : "Terraform, `validate`";
  let version;
  try {
    version = JSON.parse(run(name, ["version", "-json"], { stdio: ["ignore", "pipe", "ignore"] })).terraform_version;
  } catch {
    if (wanted.length === 0) rows.push([title, "–", `not run: no ${name} on this machine`, "–"]);
    continue;
  }
  row("terraform", title, version, () => {
    const stack = join(base, "cdktf.out/stacks/local");
    synth(base);
    run(name, [`-chdir=${stack}`, "init", "-backend=false", "-input=false"]);
    run(name, [`-chdir=${stack}`, "validate"]);
    return ["valid, with kreuzwerker/docker from `~> 4.5`", "–"];
  });
}

const digest = createHash("sha256").update(reference.join("")).digest("hex").slice(0, 12);
const table = rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
if (wanted.length === 0) {
  writeFileSync(
    join(ROOT, "docs/matrix.md"),
    `# Matrix

Which versions of other software this project was run with, by \`npm run matrix\` (\`scripts/matrix.mjs\`) at version ${
      JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version
    }. Every row is a fresh copy with fresh
dependencies. "Tests" are the whole unit suite, for \`constructs\` those of the constructs and stacks. "Output" compares the Terraform of every
file in \`environments/\` with what this project's own versions write (sha256 ${digest}…).

| what | version | tests | output |
|---|---|---|---|
${table}

The end-to-end tier, on Docker Engine and Terraform, is a part of \`.ci/run\` and not of this table.
`,
  );
} else {
  // Some rows only: they take the place of those that were there.
  const file = join(ROOT, "docs/matrix.md");
  const lines = readFileSync(file, "utf8").split("\n");
  for (const what of new Set(rows.map(([name]) => name))) {
    const isOld = (line) => line.startsWith(`| ${what} |`);
    const place = lines.findIndex(isOld);
    const fresh = rows.filter(([name]) => name === what).map((cells) => `| ${cells.join(" | ")} |`);
    const kept = lines.filter((line) => !isOld(line));
    kept.splice(place, 0, ...fresh);
    lines.splice(0, lines.length, ...kept);
  }
  writeFileSync(file, lines.join("\n"));
}
rmSync(work, { recursive: true, force: true });
process.exitCode = rows.some((cells) => /FAILED|DIFFERENT|[1-9]\d* failed/.test(cells.join())) ? 1 : 0;
