import { get, list, text } from "../plan/json";
import { UNKNOWN } from "../plan/model";

/** What people call an object: Docker's `name`, or that of the metadata of Kubernetes. */
export function nameOf(values: unknown): string | undefined {
  return attributeText(values, "name") ?? text(get(metadataOf(values), "name"));
}

/** Nothing while only the apply knows it. */
export function knownName(values: unknown): string | undefined {
  const name = nameOf(values);
  return name === UNKNOWN ? undefined : name;
}

export function metadataOf(values: unknown): unknown {
  return list(get(values, "metadata"))[0];
}

export function attributeText(values: unknown, key: string): string | undefined {
  return text(get(values, key));
}
