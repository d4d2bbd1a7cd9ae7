import { command } from "../command";

/** What brings images and providers to where there is no way out. @param environment whose; an empty one: everybody's */
export function aBundle(environment = ""): string {
  const create = environment === "" ? command("bundle create") : command("bundle create", environment);
  return `${create} on a machine with the Internet, and ${command("bundle load", "FILE")} here (docs/guides/offline.md)`;
}
