/** A part of a registry that is a Docker object. */
export type ObjectNoun =
  | "registry"
  | "rustfs"
  | "bucket-init"
  | "storage-proof"
  | "htpasswd"
  | "edge"
  | "storage"
  | "rustfs-data"
  | "auth"
  | "acme"
  | "prometheus"
  | "prometheus-files"
  | "ui";

/** What the Docker object of a part is called. @param name the registry's, which is its environment's */
export function objectName(name: string, noun: ObjectNoun): string {
  return `${name}-${noun}`;
}
