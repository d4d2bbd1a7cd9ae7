import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { RequiredProvider } from "../../constructs/values/required-providers";
import { admits, type Version } from "../../constructs/values/version-constraint";
import { RegistryClient } from "../registry/client";
import { reason } from "../verify/check";
import type { Variables } from "./terraform";

/** Where Terraform will get a provider from. */
export type ProviderSource = { readonly found: string } | { readonly download: string } | { readonly missing: string };

/**
 * Looks where Terraform looks: what was installed for the environment, local mirrors, the plugin cache, then a mirror on the
 * network if its configuration names one, else the provider registry.
 * @param host of the provider registry: Terraform and OpenTofu have one each
 */
export async function findProvider(
  provider: RequiredProvider,
  host: string,
  stackDirectory: string | undefined,
  variables: Variables,
): Promise<ProviderSource> {
  const configuration = cliConfiguration(host, variables);
  const installed = stackDirectory ? [join(stackDirectory, ".terraform", "providers")] : [];
  const folders = [...installed, ...mirrors(variables, configuration)];
  const found = folders.find((folder) => holdsProvider(join(folder, host, provider.source), provider.version));
  if (found) return { found };
  const named = networkMirror(configuration);
  if (named) return askMirror(named, host, provider);
  try {
    const client = new RegistryClient({ url: `https://${host}`, timeoutMs: 5_000 });
    const { status } = await client.get("/.well-known/terraform.json");
    return status === 200 ? { download: host } : { missing: `${host} answers HTTP ${status}` };
  } catch (error) {
    return { missing: `${host}: ${reason(error)}` };
  }
}

/** Folders that Terraform takes for mirrors, named in its configuration or by custom. */
export function mirrors(variables: Variables, configuration = cliConfiguration("", variables)): string[] {
  const home = variables.HOME ?? homedir();
  const named = [...configuration.matchAll(/^\s*(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"/gm)].map(
    ([, path = ""]) => path,
  );
  const data = (variables.XDG_DATA_DIRS ?? "/usr/local/share:/usr/share").split(":");
  return [
    ...named.map((path) => path.replace(/^~/, home).replace(/^\$HOME/, home)),
    ...(variables.TF_PLUGIN_CACHE_DIR ? [variables.TF_PLUGIN_CACHE_DIR] : []),
    join(home, ".terraform.d", "plugins"),
    join(variables.XDG_DATA_HOME ?? join(home, ".local", "share"), "terraform", "plugins"),
    ...data.map((folder) => join(folder, "terraform", "plugins")),
  ];
}

/** What the command line's configuration says. OpenTofu has a file of its own, and reads Terraform's without it. */
function cliConfiguration(host: string, variables: Variables): string {
  const home = variables.HOME ?? homedir();
  const own = host === "registry.opentofu.org" ? [join(home, ".tofurc")] : [];
  const files = variables.TF_CLI_CONFIG_FILE ? [variables.TF_CLI_CONFIG_FILE] : [...own, join(home, ".terraformrc")];
  const file = files.find((one) => existsSync(one));
  return file ? readFileSync(file, "utf8") : "";
}

/** The URL of `network_mirror`; none where a `direct` block lets the registry answer, too. */
function networkMirror(configuration: string): string | undefined {
  const text = configuration.replace(/^\s*(?:#|\/\/).*$/gm, "");
  if (/^\s*direct\s*\{/m.test(text)) return undefined;
  return /\bnetwork_mirror\s*\{[^}]*\burl\s*=\s*"([^"]+)"/.exec(text)?.[1];
}

/** By the protocol of provider mirrors: an index of versions. */
async function askMirror(mirror: string, host: string, { source, version }: RequiredProvider): Promise<ProviderSource> {
  try {
    const url = new URL(`${host}/${source}/index.json`, mirror);
    const { status, body } = await new RegistryClient({ url: mirror, timeoutMs: 5_000 }).get(url.href);
    if (status !== 200) return { missing: `${url} answers HTTP ${status}` };
    const { versions = {} } = JSON.parse(body.toString()) as { versions?: object };
    const fits = Object.keys(versions).some((one) => admits(version, one.split(".").map(Number) as unknown as Version));
    return fits ? { download: url.host } : { missing: `${url} has no version that fits ${version}` };
  } catch (error) {
    return { missing: `${mirror}: ${reason(error)}` };
  }
}

/** Whether a folder has a version that the constraint takes, unpacked or as an archive. */
function holdsProvider(folder: string, constraint: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) => {
    const [, ...parts] = /^(?:terraform-provider-[a-z]+_)?(\d+)\.(\d+)\.(\d+)/.exec(name) ?? [];
    return parts.length === 3 && admits(constraint, parts.map(Number) as unknown as Version);
  });
}
