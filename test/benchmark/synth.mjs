// How long synthesis takes: main.ts with this repository's two environments against a bare require("cdktf"), which nobody
// who uses CDKTF can avoid; then with 1 to 32 environments, whose times should lie on a line.
// Usage: npm run bench [-- RUNS]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
const runs = Number(process.argv[2] ?? 15);

/** Milliseconds of one run. */
function time({ args, cwd = root }) {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - begin;
}

/** The fastest run of each, taken in turns: what is slower is the machine's doing. */
function fastest(commands) {
  const times = commands.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run < runs; run++) {
    for (const [n, command] of commands.entries()) times[n] = Math.min(times[n], time(command));
  }
  return times;
}

const line = (what, ms, more = "") => console.log(`${what.padEnd(30)} ${ms.toFixed(0).padStart(5)} ms  ${more}`);

const [bare, main] = fastest([{ args: ["-e", 'require("cdktf")'] }, { args: ["--import", tsx, "main.ts"] }]);
console.log(`node ${process.version}, fastest of ${runs}`);
line('bare require("cdktf")', bare);
line("main.ts, environments/", main, `${(main / bare).toFixed(2)} times the bare require`);

const base = mkdtempSync(join(tmpdir(), "benchmark-"));
try {
  const counts = [1, 2, 4, 8, 16, 32];
  const commands = counts.map((count) => {
    const cwd = join(base, String(count));
    mkdirSync(join(cwd, "environments"), { recursive: true });
    for (let n = 0; n < count; n++) {
      const text = `registry: { host: localhost, publish: { port: ${20_000 + n} } }\nstorage: { rustfs: {} }\n`;
      writeFileSync(join(cwd, "environments", `team-${n}.yaml`), text);
    }
    return { cwd, args: ["--import", tsx, join(root, "main.ts")] };
  });
  const times = fastest(commands);
  const each = (times.at(-1) - times[0]) / (counts.at(-1) - counts[0]);
  for (const [n, count] of counts.entries()) {
    line(`${count} environments`, times[n], `line: ${(times[0] + each * (count - 1)).toFixed(0)} ms`);
  }
  console.log(`${each.toFixed(1)} ms for each further environment`);
} finally {
  rmSync(base, { recursive: true });
}
