import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const CLI = resolve(__dirname, "../../../bin/private-registry.js");

/** A PATH on which `private-registry` and `npx private-registry` are the sources here, and nobody is there to answer `up`. */
export function shims(directory: string): string {
  const folder = join(directory, "bin");
  mkdirSync(folder);
  const program = `[ "$1" != up ] || set -- "$@" --yes\nexec node ${CLI} "$@"\n`;
  for (const [name, text] of [
    ["npx", `#!/bin/sh\nshift\n${program}`],
    ["private-registry", `#!/bin/sh\n${program}`],
  ] as const) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  return `${folder}:${process.env.PATH}`;
}
