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
  const replaced = (text: string) =>
    Object.entries(replace).reduce((result, [from, to]) => result.replaceAll(from, to), text);
  for (const { file, content, source, permissions } of container.upload) {
    const path = join(directory, file);
    mkdirSync(dirname(path), { recursive: true });
    // Terraform runs in the stack's folder.
    if (source) copyFileSync(resolve("cdktf.out/stacks/test", source), path);
    else
      writeFileSync(
        path,
        file.endsWith(".yml") || content.startsWith("#!") ? replaced(fromTemplate(content)) : fromTemplate(content),
      );
    chmodSync(path, Number.parseInt(permissions, 8) | 0o200);
  }
  return {
    entrypoint: (container.entrypoint ?? []).map(fromTemplate).map(replaced),
    command: (container.command ?? []).map(fromTemplate).map(replaced),
    environment: Object.fromEntries(
      Object.entries(container.env ? environmentOf(container) : {}).map(([name, value]) => [name, replaced(value)]),
    ),
  };
}

/** Where a registry's parts are when they run as processes, in place of where containers have them. */
export function outside(
  path: (...names: string[]) => string,
  { port, debugPort, endpoint }: { port: number; debugPort: number; endpoint?: string },
): Record<string, string> {
  const directories = ["/auth/", "/incoming/", "/job", "/run/secrets", "/etc/distribution/"];
  return {
    '":5000"': `"127.0.0.1:${port}"`,
    '"127.0.0.1:5001"': `"127.0.0.1:${debugPort}"`,
    ...(endpoint && { "http://rustfs:9000": endpoint }),
    ...Object.fromEntries(directories.map((directory) => [directory, path(directory)])),
  };
}

/** What Terraform makes of the doubled marks. */
function fromTemplate(text: string): string {
  return text.replace(/([$%])\1\{/g, "$1{");
}
