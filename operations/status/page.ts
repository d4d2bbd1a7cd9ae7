import type { Environment } from "../../config";
import { dockerSettings } from "../docker/settings";
import { machineOf } from "../docker/ssh-host";
import { RegistryClient } from "../registry/client";
import { pageProblem } from "../verify/page";
import { pageReach } from "../verify/page-reach";

/** The page to browse, as it is found from here. */
export interface PageStatus {
  /** @default - from here it is not reached */
  readonly url?: string;
  /** Why it is not reached. */
  readonly unknown?: string;
  /** @default - it answers */
  readonly problem?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

const PAGE_MS = 2_000;

/** Asks the page, without a login; its certificate is the registry's, which is judged with that. @returns nothing without one */
export async function pageStatus(environment: Environment): Promise<PageStatus | undefined> {
  if (!environment.ui) return undefined;
  const { host, sshOptions } = dockerSettings(environment);
  const { url, why } = pageReach(environment, await machineOf(host, sshOptions)) ?? {};
  if (!url) return { unknown: why };
  const found = await pageProblem(new RegistryClient({ url, insecure: true, timeoutMs: PAGE_MS }));
  const { detail, remedy } = found ?? {};
  return { url, problem: detail, remedy: typeof remedy === "function" ? remedy(environment.name) : remedy };
}
