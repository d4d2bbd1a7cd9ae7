import { isCredentialName } from "./credentials";
import { get, MAX_DEPTH, record, text } from "./json";
import type { Masking } from "./masking";

// The `configuration.provider_config` part of a plan.

/** Version constraint of the Docker provider. */
export function dockerProviderVersion(document: unknown, masking: Masking): string | undefined {
  const providers = Object.values(providersOf(document));
  const docker = providers.find((provider) => /(^|\/)docker$/.test(text(get(provider, "full_name")) ?? ""));
  const version = text(get(docker, "version_constraint"));
  return version && masking.text(version).slice(0, 40);
}

/** What every provider is told, as JSON. What goes by a credential's name is left out: nothing else marks it here. */
export function providerSettings(document: unknown, masking: Masking): string {
  return JSON.stringify(masking.apply(withoutCredentials(providersOf(document), 0), undefined));
}

function providersOf(document: unknown): Readonly<Record<string, unknown>> {
  return record(get(get(document, "configuration"), "provider_config"));
}

function withoutCredentials(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return "(too deep)";
  if (Array.isArray(value)) return value.map((item) => withoutCredentials(item, depth + 1));
  const kept = Object.entries(value).filter(([key]) => !isCredentialName(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutCredentials(item, depth + 1)]));
}
