import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Path of a program: itself when it is a path, else the first of its name on PATH. */
export function findProgram(name: string, path = ""): string | undefined {
  const candidates = /[/\\]/.test(name)
    ? [name]
    : path.split(delimiter).flatMap((folder) => (folder ? [join(folder, name), join(folder, `${name}.exe`)] : []));
  return candidates.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
