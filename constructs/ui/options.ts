import type { PublishedPort } from "../platform/platform";

/** A page to browse the registry; with its login, on the registry's host name and a port of its own. */
export interface UiOptions {
  /** Where browsers reach it on the Docker host. @default - 127.0.0.1:8080 */
  readonly publish?: PublishedPort;
  /** Let users delete images on the page, and through its port. @default false - it only shows */
  readonly delete?: boolean;
  /** What the page is called. @default - the registry's address */
  readonly title?: string;
  /** @default - none */
  readonly labels?: Record<string, string>;
  /** Memory limit in MiB. @default 64 */
  readonly memoryMb?: number;
}
