import type { Environment, Finding } from "../config";

type Path = Finding["path"];

/** Where in its file an option of an environment's registry is, and the places to point at when it is not written there. */
export function filePath(environment: Environment, option: string): Pick<Finding, "path" | "near"> {
  const [kind] = Object.entries(environment.storage).find(([, section]) => section !== undefined) ?? ["rustfs"];
  const path = partsOf(option.replace(/^id$/, "name").replace(/^storage\./, `storage.${kind}.`));
  return { path, near: path.map((_, n) => path.slice(0, path.length - 1 - n)).filter((one) => one.length > 0) };
}

function partsOf(option: string): Path {
  return option
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
