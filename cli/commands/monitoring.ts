import { type Command, Option } from "commander";
import type { Environment } from "../../config";
import { alertRules, scrapedAt, scrapeJob, yaml } from "../../constructs/monitoring/configuration";
import { grafanaDashboard, persesDashboard } from "../../constructs/monitoring/dashboards";
import { panelRows } from "../../constructs/monitoring/panels";
import { readEnvironment } from "../../operations/environments";
import { Failure } from "../../operations/failure";
import { countFailedLogins, figuresOf } from "../../operations/monitoring/figures";
import { pushMetrics } from "../../operations/monitoring/push";
import { connect } from "../../operations/runtime/connect";
import { writeMetrics } from "../../operations/schedule/metrics";
import { readMeasured } from "../../operations/status/status";
import { buildStack } from "../../stacks";
import type { Context } from "../context";
import { CA } from "./options";

interface MeasureOptions {
  readonly metrics?: string;
  readonly ca?: string;
}

interface DashboardOptions {
  readonly format: "grafana" | "perses";
  readonly project: string;
}

export function define(command: Command, context: Context): void {
  command
    .command("measure <environment>")
    .description(
      "send the results of `status` to the environment's own Prometheus; `schedule` prints a job that does this every five minutes",
    )
    .option("--metrics <file>", "write it there instead, for node_exporter's textfile collector")
    .option(...CA)
    .action((name: string, options: MeasureOptions) => measure(context, name, options));
  command
    .command("scrape <environment>")
    .description("print the scrape configuration for your own Prometheus")
    .action((name: string) => scrape(context, name));
  command
    .command("alerts <environment>")
    .description("print the alerting rules for your own Prometheus")
    .action((name: string) => alerts(context, name));
  command
    .command("dashboard <environment>")
    .description("print a dashboard, for Grafana to import, or for Perses")
    .addOption(new Option("--format <program>", "what draws it").choices(["grafana", "perses"]).default("grafana"))
    .option("--project <name>", "the project of Perses that it is for", "private-registry")
    .action((name: string, options: DashboardOptions) => dashboard(context, name, options));
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
    readMeasured(environment, runtime, ca ? [ca] : []),
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
  const target = scrapedAt(name, buildStack(environment).registry.distribution.configuration);
  io.out(yaml({ scrape_configs: [scrapeJob({ environment: name, ...target })] }).trimEnd());
  if (network) io.err(`Prometheus must be on the Docker network ${network}, where the registry has this name.`);
}

/** RustFS sends its metrics to the environment's own Prometheus, and by itself to no other. */
const sendsMetrics = ({ storage, monitoring }: Environment) =>
  storage.rustfs !== undefined && monitoring.prometheus !== undefined;

function alerts({ io }: Context, name: string): void {
  io.out(alertRules(name, sendsMetrics(readEnvironment(name))).trimEnd());
}

function dashboard({ io }: Context, name: string, { format, project }: DashboardOptions): void {
  const rows = panelRows(name, sendsMetrics(readEnvironment(name)));
  const made = format === "perses" ? persesDashboard(name, project, rows) : grafanaDashboard(name, rows);
  io.out(JSON.stringify(made, undefined, 2));
}
