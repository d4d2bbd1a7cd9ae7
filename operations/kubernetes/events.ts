import type { Cluster } from "./connection";

/** The field selector of what is said about an object. */
export const aboutObject = (kind: string, name: string) => `involvedObject.kind=${kind},involvedObject.name=${name}`;

/** Warnings that a field selector finds, the newest first. Who may not read events is told nothing. */
export async function warningsOf({ core, namespace }: Pick<Cluster, "core" | "namespace">, about: string) {
  const fieldSelector = `${about},type=Warning`;
  const found = await core.listNamespacedEvent({ namespace, fieldSelector }).catch(() => undefined);
  return (found?.items ?? []).toSorted((a, b) => at(b) - at(a));
}

interface Dated {
  readonly lastTimestamp?: Date;
  readonly eventTime?: Date;
  readonly metadata: { readonly creationTimestamp?: Date };
}

const at = ({ lastTimestamp, eventTime, metadata }: Dated) =>
  (lastTimestamp ?? eventTime ?? metadata.creationTimestamp)?.valueOf() ?? 0;
