// Whether what a skipped test says is missing really is: a test that this machine could run must not be skipped.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What a test says, and whether it is so; the first that fits decides. `true`: only the test itself can know. */
const CHECKS = [
  [/^no rustfs on PATH$/, () => isMissing("rustfs") && !process.env.RUSTFS_BINARY],
  [
    /^no terraform or tofu on PATH$/,
    () => isMissing(process.env.TERRAFORM_BINARY_NAME ?? "terraform") && isMissing("tofu"),
  ],
  [/^no \S+ \S+ on PATH and no go to build it$/, () => isMissing("go")],
  [/^no \S+ \S+ on PATH and go could not build it/, () => true],
  [/^no (\S+) on PATH$/, ([, name]) => isMissing(name)],
  [/^no Docker Engine that answers/, () => !succeeds("docker", "info") && !couldStartDocker()],
  [/^no Docker Compose that answers/, () => !succeeds("docker", "compose", "version")],
  [/^no providers? .* that init finds$/, () => true],
  [/^no image (\S+), neither here nor to be pulled$/, ([, image]) => !succeeds("docker", "image", "inspect", image)],
  [/^no cluster that KUBECONFIG names by a current context$/, () => !namesCluster(process.env.KUBECONFIG ?? "")],
  [/^not root\b/, () => !isRoot()],
  [/^root may read every file$/, isRoot],
  [/^no (\/\S+)$/, ([, path]) => !existsSync(path)],
];

/** @returns why a test should not have been skipped; nothing when its reason holds */
export function objection(reason) {
  for (const part of reason.split("; ")) {
    const [pattern, holds] = CHECKS.find(([one]) => one.test(part)) ?? [];
    if (!pattern) return `nobody can check "${part}": add it to .ci/reasons.mjs`;
    if (!holds(pattern.exec(part))) return `"${part}" is not so`;
  }
  return undefined;
}

function isMissing(name) {
  const directories = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return ![name, ...directories.map((directory) => join(directory, name))].some(
    (path) => /[/\\]/.test(path) && existsSync(path),
  );
}

function succeeds(command, ...args) {
  try {
    execFileSync(command, args, { stdio: "ignore", timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}

function namesCluster(kubeconfig) {
  return existsSync(kubeconfig) && /^current-context:\s*["']?[^"'\s]/m.test(readFileSync(kubeconfig, "utf8"));
}

/** `.ci/run` starts one where it may: as root, with the capabilities that an engine needs. */
function couldStartDocker() {
  return !isMissing("dockerd") && isRoot() && hasCapabilities(NET_ADMIN, SYS_ADMIN);
}

const [NET_ADMIN, SYS_ADMIN] = [12n, 21n];

function hasCapabilities(...wanted) {
  if (!existsSync("/proc/self/status")) return false;
  const [, bits = "0"] = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return wanted.every((bit) => (BigInt(`0x${bits}`) >> bit) & 1n);
}

function isRoot() {
  return process.getuid?.() === 0;
}
