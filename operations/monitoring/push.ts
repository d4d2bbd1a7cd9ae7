import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Environment } from "../../config";
import { OTLP_ENDPOINT } from "../../constructs/monitoring/prometheus";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { Failure } from "../failure";
import type { Runtime } from "../runtime/runtime";
import type { Metric } from "../schedule/metrics";
import { TunnelAgent } from "../storage/tunnel-agent";

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
 * Sends figures to the environment's own Prometheus, whatever way its engine is reached: from within its container, or the registry's
 * when that has no `nc`.
 * @throws Failure when neither of them reaches it
 */
export async function pushMetrics(runtime: Runtime, { name }: Environment, metrics: readonly Metric[]): Promise<void> {
  const body = JSON.stringify(otlp(name, metrics));
  const url = new URL(`${OTLP_ENDPOINT}/v1/metrics`);
  const problems: string[] = [];
  for (const [noun, host] of [
    ["prometheus", "127.0.0.1"],
    ["registry", url.hostname],
  ] as const) {
    const there = new URL(url);
    there.hostname = host;
    try {
      await post(new TunnelAgent(runtime.dial(objectName(name, noun)), there, undefined), there, body);
      return;
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new Failure(
    `The Prometheus of ${name} took no figures: ${problems.join("; ")}`,
    `${command("status", name)} says whether it runs; ${command("up", name)} makes one that the environment file has`,
  );
}

async function post(agent: TunnelAgent, url: URL, body: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
      const asked = request(url, { agent, method: "POST", headers, timeout: LIMIT_MS }, async (answer) => {
        const said = await text(answer).catch(() => "");
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`HTTP ${answer.statusCode} ${said.trim().slice(0, 200)}`));
      });
      asked.once("timeout", () => asked.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)));
      asked.once("error", reject);
      asked.end(body);
    });
  } finally {
    agent.destroy();
  }
}
