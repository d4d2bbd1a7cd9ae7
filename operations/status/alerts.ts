import type { Environment } from "../../config";
import { askPrometheus, type FiringAlert, firingIn } from "../monitoring/prometheus";
import type { Runtime } from "../runtime/runtime";

/** What the environment's own Prometheus warns of. */
export interface AlertStatus {
  /** Critical ones first. @default - it cannot be asked */
  readonly firing?: readonly FiringAlert[];
  /** Why it cannot be asked. */
  readonly unknown?: string;
}

const LIMIT_MS = 1_500;

/** @returns nothing without a Prometheus of our own */
export async function alertStatus(
  runtime: Pick<Runtime, "dial">,
  environment: Pick<Environment, "name" | "monitoring">,
): Promise<AlertStatus | undefined> {
  if (!environment.monitoring.prometheus) return undefined;
  try {
    return {
      firing: firingIn(await askPrometheus(runtime, environment, { path: "/api/v1/alerts", limitMs: LIMIT_MS })),
    };
  } catch (error) {
    return { unknown: (error as Error).message };
  }
}
