import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Environment } from "../../config";
import { OTLP_ENDPOINT } from "../../constructs/monitoring/prometheus";
import { objectName } from "../../constructs/values/object-names";
import type { Runtime } from "../runtime/runtime";
import { TunnelAgent } from "../storage/tunnel-agent";

/** What is asked of Prometheus. */
export interface Question {
  readonly path: string;
  /** JSON, which makes it a POST. @default - a GET */
  readonly body?: string;
  /** For one answer. */
  readonly limitMs: number;
}

/**
 * Asks the environment's own Prometheus, whatever way its engine is reached: from within its container, or the registry's when that
 * has no `nc`.
 * @throws Error when neither of them reaches it; what each said
 */
export async function askPrometheus(
  runtime: Pick<Runtime, "dial">,
  { name }: Pick<Environment, "name">,
  question: Question,
): Promise<string> {
  const problems: string[] = [];
  for (const [noun, host] of [
    ["prometheus", "127.0.0.1"],
    ["registry", new URL(OTLP_ENDPOINT).hostname],
  ] as const) {
    const url = new URL(question.path, OTLP_ENDPOINT);
    url.hostname = host;
    try {
      return await ask(new TunnelAgent(runtime.dial(objectName(name, noun)), url, undefined), url, question);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new Error([...new Set(problems)].join("; "));
}

async function ask(agent: TunnelAgent, url: URL, { body, limitMs }: Question): Promise<string> {
  try {
    return await new Promise<string>((resolve, reject) => {
      const headers = body ? { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) } : {};
      const asked = request(url, { agent, method: body ? "POST" : "GET", headers }, (answer) => {
        text(answer).then((said) => {
          if (answer.statusCode === 200) resolve(said);
          else reject(new Error(`HTTP ${answer.statusCode} ${said.trim().slice(0, 200)}`));
        }, reject);
      });
      // One for opening the connection, too, which is a program that the engine starts.
      const timer = setTimeout(() => {
        asked.destroy();
        reject(new Error(`no answer within ${limitMs / 1000} s`));
      }, limitMs);
      asked.once("error", reject).once("close", () => clearTimeout(timer));
      asked.end(body);
    });
  } finally {
    agent.destroy();
  }
}

/** An alert that fires. */
export interface FiringAlert {
  readonly name: string;
  /** `critical` or `warning`. */
  readonly severity?: string;
  /** One sentence. */
  readonly summary: string;
  /** What its rule says to do. */
  readonly runbook?: string;
  /** ISO 8601. */
  readonly since?: string;
}

interface Alert {
  readonly state: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly activeAt?: string;
}

/** The alerts in an answer to `/api/v1/alerts` that fire, critical ones first. */
export function firingIn(answer: string): FiringAlert[] {
  const { alerts } = (JSON.parse(answer) as { data: { alerts: Alert[] } }).data;
  return alerts
    .filter(({ state }) => state === "firing")
    .map(
      ({ labels: { alertname: name = "", severity } = {}, annotations: { summary = "", runbook } = {}, activeAt }) => ({
        ...{ name, severity, summary, runbook, since: activeAt },
      }),
    )
    .sort((a, b) => Number(b.severity === "critical") - Number(a.severity === "critical"));
}

/** What Prometheus scrapes. */
export interface Target {
  readonly job: string;
  readonly url: string;
  /** `up`, `down`, or `unknown`: not asked yet. */
  readonly health: string;
  readonly error?: string;
  /** When it was asked last, ISO 8601. */
  readonly asked?: string;
}

interface ActiveTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError?: string;
  readonly lastScrape?: string;
}

/** The targets in an answer to `/api/v1/targets`. */
export function targetsIn(answer: string): Target[] {
  const { activeTargets } = (JSON.parse(answer) as { data: { activeTargets: ActiveTarget[] } }).data;
  return activeTargets.map(({ labels, scrapeUrl: url, health, lastError, lastScrape: asked }) => ({
    ...{ job: labels.job ?? "", url, health, error: lastError || undefined, asked },
  }));
}
