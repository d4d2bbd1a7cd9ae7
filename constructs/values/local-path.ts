import { relative, resolve } from "node:path";
import { App, TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";

/**
 * A path of this machine as Terraform sees it from the stack's folder: the result names no directory of the machine, so
 * that the same input gives the same files everywhere. Terraform runs in that folder, with `-chdir` too.
 *
 * @param path absolute, or relative to where the app runs
 */
export function pathFromStack(scope: IConstruct, path: string): string {
  const stackFolder = resolve(App.of(scope).outdir, "stacks", TerraformStack.of(scope).node.id);
  // Terraform takes forward slashes everywhere, and reads a backslash as an escape.
  return relative(stackFolder, resolve(path)).replaceAll("\\", "/");
}
