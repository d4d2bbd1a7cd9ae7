import {
  configurationProblems,
  type DistributionOverrides,
  mergeConfiguration,
} from "../../constructs/distribution/configuration";
import { isSecretKey } from "../../constructs/distribution/values";
import type { Report } from "./report";
import type { RegistrySettings } from "./settings";

/** What a configuration must have besides, so that a single key can be judged. */
const SMALLEST = {
  version: "0.1",
  storage: { s3: { bucket: "b", region: "r" } },
  http: { addr: ":5000", secret: "s".repeat(32) },
};

/**
 * Keys for which an environment file has none of its own, as `registry.configuration` takes them. Each key is said to be kept, or left
 * out with the reason.
 */
export function keepLeftOver(settings: RegistrySettings, report: Report): DistributionOverrides | undefined {
  const kept = settings.left.flatMap((key) => {
    const why = refusal(key, settings.get(key));
    if (why === undefined) report.kept(`${key}, in registry.configuration`);
    else report.leftOut(key, why);
    return why === undefined ? [treeOf(key, settings.get(key))] : [];
  });
  return kept.length === 0 ? undefined : mergeConfiguration<DistributionOverrides>({}, ...kept);
}

/** Why a key cannot stay; nothing when it can. */
function refusal(key: string, value: unknown): string | undefined {
  if (isSecretKey(key)) return "it is a secret, which no environment file holds";
  const cache = key.startsWith("proxy.") ? { proxy: { remoteurl: "https://example.com", ttl: "0" } } : {};
  const [problem] = configurationProblems(mergeConfiguration(SMALLEST, cache, treeOf(key, value)));
  if (!problem) return undefined;
  return `Distribution 3.1 does not take it: ${problem.option} ${problem.rule}`;
}

function treeOf(key: string, value: unknown): object {
  return key.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}
