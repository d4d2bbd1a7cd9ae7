import type { Environment, Finding } from "../config";

type Path = Finding["path"];

/** Options whose keys have other names in a file; the first that fits. Distribution's own terms stand under `configuration`. */
const RENAMED: readonly (readonly [option: RegExp, path: string])[] = [
  [/^id$/, "name"],
  [/^storage\.s3\./, "storage.rustfs.s3Publish."],
  [/^storage\.options\.keyid/, "storage.s3.kmsKeyId"],
  [/^storage\.options\.skipverify/, "storage.s3.skipVerify"],
  [/^storage\.options\.storageclass/, "storage.s3.storageClass"],
  [/^storage\.options\.objectacl/, "storage.s3.objectAcl"],
  [/^storage\.options\.usedualstack/, "storage.s3.dualStack"],
  [/^storage\.options\./, "storage.s3."],
];

/** Where in its file an option of an environment's registry is, and the places to point at when it is not written there. */
export function filePath(environment: Environment, option: string): Pick<Finding, "path" | "near"> {
  const rename = RENAMED.find(([pattern]) => pattern.test(option));
  const renamed = rename ? option.replace(...(rename as [RegExp, string])) : option;
  const kind = environment.storage.s3 ? "s3" : "rustfs";
  const path = partsOf(renamed.replace(/^storage\.(?!s3\.|rustfs\.)/, `storage.${kind}.`));
  return { path, near: path.map((_, n) => path.slice(0, path.length - 1 - n)).filter((one) => one.length > 0) };
}

function partsOf(option: string): Path {
  return option
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
