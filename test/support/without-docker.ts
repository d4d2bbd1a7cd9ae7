import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Attributes } from "./synth";
import { environmentOf } from "./synth";

/** A container's program, ready to run as a process of this machine. */
export interface Unpacked {
  readonly entrypoint: string[];
  readonly command: string[];
  readonly environment: Record<string, string>;
}

/**
 * Does what Docker would with a container's files, in a directory: an uploaded `/a/b` becomes `DIRECTORY/a/b`.
 * Texts that cannot hold outside a container (paths, ports, host names) are replaced in its configuration, its variables
 * and its arguments; nothing else changes.
 */
export function unpack(container: Attributes, directory: string, replace: Record<string, string>): Unpacked {
  const outside = (text: string) =>
    Object.entries(replace).reduce((result, [from, to]) => result.replaceAll(from, to), text);
  for (const { file, content, source, permissions } of container.upload) {
    const path = join(directory, file);
    mkdirSync(dirname(path), { recursive: true });
    // Terraform runs in the stack's folder.
    if (source) copyFileSync(resolve("cdktf.out/stacks/test", source), path);
    else writeFileSync(path, file.endsWith(".yml") ? outside(fromTemplate(content)) : fromTemplate(content));
    chmodSync(path, Number.parseInt(permissions, 8) | 0o200);
  }
  return {
    entrypoint: (container.entrypoint ?? []).map(fromTemplate).map(outside),
    command: (container.command ?? []).map(fromTemplate).map(outside),
    environment: Object.fromEntries(
      Object.entries(container.env ? environmentOf(container) : {}).map(([name, value]) => [name, outside(value)]),
    ),
  };
}

/** What Terraform makes of the doubled marks. */
function fromTemplate(text: string): string {
  return text.replace(/([$%])\1\{/g, "$1{");
}
