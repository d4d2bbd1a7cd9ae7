import type { Command } from "commander";
import { alertRules, scrapedAt, scrapeJob, yaml } from "../../constructs/monitoring/configuration";
import { readEnvironment } from "../../operations/environments";
import { Failure } from "../../operations/failure";
import { countFailedLogins, figuresOf } from "../../operations/monitoring/figures";
import { pushMetrics } from "../../operations/monitoring/push";
import { connect } from "../../operations/runtime/connect";
import { writeMetrics } from "../../operations/schedule/metrics";
import { readEssentials } from "../../operations/status/status";
import { describe } from "../../stacks";
import type { Context } from "../context";
import { CA } from "./options";

interface MeasureOptions {
  readonly metrics?: string;
  readonly ca?: string;
}

export function define(command: Command, context: Context): void {
  command
    .command("measure <environment>")
    .description("send what status finds to the environment's own Prometheus; schedule has it done every five minutes")
    .option("--metrics <file>", "write it there instead, for node_exporter's textfile collector")
    .option(...CA)
    .action((name: string, options: MeasureOptions) => measure(context, name, options));
  command
    .command("scrape <environment>")
    .description("print what a Prometheus that exists needs to read the registry's metrics")
    .action((name: string) => scrape(context, name));
  command
    .command("alerts <environment>")
    .description("print the alerting rules, for a Prometheus that exists")
    .action((name: string) => alerts(context, name));
}

async function measure({ io, process }: Context, name: string, { metrics, ca }: MeasureOptions): Promise<void> {
  const environment = readEnvironment(name);
  if (metrics === undefined && !environment.monitoring.prometheus)
    throw new Failure(
      `${name} has no Prometheus of its own to send figures to`,
      `write monitoring.prometheus: {} in environments/${name}.yaml, or name a file: --metrics FILE`,
    );
  const runtime = await connect(environment, process.env);
  const [found, failedLogins] = await Promise.all([
    readEssentials(environment, runtime, ca ? [ca] : []),
    countFailedLogins(runtime, environment),
  ]);
  // What is not known this time must not stay as if it were.
  const known = figuresOf(environment, found, failedLogins).filter(({ value }) => value !== undefined);
  if (metrics !== undefined) writeMetrics(metrics, name, known);
  else await pushMetrics(runtime, environment, known);
  io.err(`${known.length} figures of ${name}`);
}

function scrape({ io }: Context, name: string): void {
  const environment = readEnvironment(name);
  const { enabled, network } = environment.registry.metrics;
  if (!enabled && !environment.monitoring.prometheus)
    throw new Failure(
      `The registry of ${name} serves no metrics`,
      `write registry.metrics: { enabled: true, network: NETWORK } in environments/${name}.yaml, with the network that Prometheus is on`,
    );
  const [stack] = describe([environment]).stacks;
  if (!stack) return;
  const target = scrapedAt(name, stack.registry.distribution.configuration);
  io.out(yaml({ scrape_configs: [scrapeJob({ environment: name, ...target })] }).trimEnd());
  if (network) io.err(`Prometheus must be on the Docker network ${network}, where the registry has this name.`);
}

function alerts({ io }: Context, name: string): void {
  const environment = readEnvironment(name);
  const hasRustFs = environment.storage.rustfs !== undefined && environment.monitoring.prometheus !== undefined;
  io.out(alertRules(name, hasRustFs).trimEnd());
}
