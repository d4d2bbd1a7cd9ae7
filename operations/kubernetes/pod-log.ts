import { createInterface } from "node:readline";
import type { Cluster } from "./connection";
import { openPath } from "./raw-request";

/** A part of a pod's log. */
export interface PodLogOptions {
  readonly container: string;
  readonly follow?: boolean;
  /** Lines of the past to begin with. @default - all of them */
  readonly tail?: number;
  /** Nothing older. */
  readonly since?: Date;
  /** Of the container that ran before this one. */
  readonly previous?: boolean;
  readonly signal?: AbortSignal;
}

/** A line, and when it was written: RFC 3339 with nanoseconds, which sorts as text. */
export interface LogLine {
  readonly at: string;
  readonly text: string;
}

/** A container's log, a line at a time and without holding more of it. Ends with the log, or with the container. */
export async function* podLog(cluster: Cluster, pod: string, options: PodLogOptions): AsyncGenerator<LogLine> {
  const { container, follow, tail, since, previous, signal } = options;
  const query = new URLSearchParams({ container, timestamps: "true" });
  if (follow) query.set("follow", "true");
  if (previous) query.set("previous", "true");
  if (tail !== undefined) query.set("tailLines", String(tail));
  // Kubernetes takes whole seconds only.
  if (since) query.set("sinceTime", since.toISOString().replace(/\.\d+/, ""));
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${pod}/log?${query}`;
  const response = await openPath(cluster, path, { signal });
  for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
    const space = line.indexOf(" ");
    const at = line.slice(0, space);
    // What the kubelet says itself, as of a log file that is gone, has no time.
    yield /^\d{4}-\d\d-\d\dT/.test(at) ? { at, text: line.slice(space + 1) } : { at: "", text: line };
  }
}
