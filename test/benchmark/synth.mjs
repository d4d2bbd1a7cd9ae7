// How long synthesis takes: main.ts with this repository's two environments against a bare require("cdktf"), which nobody
// who uses CDKTF can avoid; then with 1 to 32 environments, whose times should lie on a line.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
const runs = Number(process.argv[2] ?? 15);

/** The fastest of several runs, in milliseconds: what is slower is the machine's doing. */
function fastest(args, cwd = root) {
  const times = Array.from({ length: runs }, () => {
    const begin = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return performance.now() - begin;
  });
  return Math.min(...times);
}

const bare = fastest(["-e", 'require("cdktf")']);
const main = fastest(["--import", tsx, "main.ts"]);
console.log(`node ${process.version}, fastest of ${runs}`);
console.log(`bare require("cdktf")          ${bare.toFixed(0)} ms`);
console.log(`main.ts, environments/         ${main.toFixed(0)} ms   ${(main / bare).toFixed(2)} times the bare require`);

const directory = mkdtempSync(join(tmpdir(), "benchmark-"));
try {
  mkdirSync(join(directory, "environments"));
  let written = 0;
  for (const count of [1, 2, 4, 8, 16, 32]) {
    for (; written < count; written++) {
      const port = 20_000 + written;
      writeFileSync(
        join(directory, "environments", `team-${written}.yaml`),
        `registry: { host: localhost, publish: { port: ${port} } }\nstorage: { rustfs: {} }\n`,
      );
    }
    const time = fastest(["--import", tsx, join(root, "main.ts")], directory);
    console.log(`${String(count).padStart(2)} environments                ${time.toFixed(0)} ms`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
