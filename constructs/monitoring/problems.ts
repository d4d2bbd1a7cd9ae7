import { check, checkEach, notEmpty } from "../rules/checks";
import { type Problem, within } from "../rules/errors";
import { HOST_PORT, PORT } from "../values/addresses";
import { PROMETHEUS_MEMORY_MB, RETENTION_DAYS, RETENTION_MB } from "../values/limits";
import { dockerName } from "../values/names";
import type { MonitoringOptions, PrometheusOptions } from "./options";

/** What is wrong with how the registry is watched. */
export function monitoringProblems({ prometheus }: MonitoringOptions = {}): (Problem | undefined)[] {
  return prometheus ? within("prometheus", prometheusProblems(prometheus)) : [];
}

export function prometheusProblems(options: PrometheusOptions): (Problem | undefined)[] {
  return [
    check("port", options.port, PORT),
    check("retentionDays", options.retentionDays, RETENTION_DAYS),
    check("retentionMb", options.retentionMb, RETENTION_MB),
    check("memoryMb", options.memoryMb, PROMETHEUS_MEMORY_MB),
    notEmpty("alertmanagers", options.alertmanagers),
    notEmpty("extraNetworks", options.extraNetworks),
    ...checkEach("alertmanagers", options.alertmanagers, HOST_PORT),
    ...checkEach("extraNetworks", options.extraNetworks, dockerName("network")),
  ];
}
