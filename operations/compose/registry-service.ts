import { Failure } from "../failure";
import type { ComposeFile } from "./file";
import type { ComposeService } from "./service";

const REGISTRY_IMAGE = /(?:^|\/)(?:registry|distribution)(?:[:@]|$)/;

/**
 * The services that are registries.
 * @param named their names, when the person named them; else it is those whose image is one, or is built from one
 * @throws Failure when there is none, or none of a name that was given
 */
export function findRegistries(file: ComposeFile, named: readonly string[] = []): ComposeService[] {
  const found = file.services.filter(({ name, base }) =>
    named.length > 0 ? named.includes(name) : REGISTRY_IMAGE.test(base),
  );
  const absent = named.filter((name) => !file.services.some((service) => service.name === name));
  if (absent.length === 0 && found.length > 0) return found;
  const known = file.services.map(({ name, image, base }) => `${name} (${image || base || "built"})`).join(", ");
  throw new Failure(
    `${file.path} has ${absent.length > 0 ? `no service ${absent.join(", ")}` : "no registry"}: ${known}`,
    "name the service that is the registry: --service NAME",
  );
}
