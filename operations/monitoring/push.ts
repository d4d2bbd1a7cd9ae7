import type { Environment } from "../../config";
import { OTLP_ENDPOINT } from "../../constructs/monitoring/prometheus";
import { command } from "../command";
import { Failure } from "../failure";
import type { Runtime } from "../runtime/runtime";
import type { Metric } from "../schedule/metrics";
import { askPrometheus } from "./prometheus";

/** For one answer. */
const LIMIT_MS = 10_000;

/** The figures as OTLP in JSON; an attribute becomes a label, the prefix is that of the files for node_exporter. */
export function otlp(environment: string, metrics: readonly Metric[], now = Date.now()): object {
  const attribute = ([key, stringValue]: [string, string]) => ({ key, value: { stringValue } });
  const known = metrics.filter(({ value }) => value !== undefined);
  return {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: known.map(({ name, help, value, labels }) => ({
              name: `private_registry_${name}`,
              description: help,
              gauge: {
                dataPoints: [
                  {
                    timeUnixNano: `${now}000000`,
                    asDouble: value,
                    attributes: Object.entries({ environment, ...labels }).map(attribute),
                  },
                ],
              },
            })),
          },
        ],
      },
    ],
  };
}

/**
 * Sends figures to the environment's own Prometheus.
 * @throws Failure when it cannot be reached
 */
export async function pushMetrics(
  runtime: Runtime,
  environment: Environment,
  metrics: readonly Metric[],
): Promise<void> {
  const { name } = environment;
  const body = JSON.stringify(otlp(name, metrics));
  try {
    await askPrometheus(runtime, environment, {
      path: `${new URL(OTLP_ENDPOINT).pathname}/v1/metrics`,
      body,
      limitMs: LIMIT_MS,
    });
  } catch (error) {
    throw new Failure(
      `The Prometheus of ${name} took no figures: ${(error as Error).message}`,
      `${command("status", name)} says whether it runs; ${command("up", name)} makes one that the environment file has`,
    );
  }
}
