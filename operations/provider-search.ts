import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { RegistryClient } from "./registry-client";
import type { Variables } from "./terraform";
import { reason } from "./verify/check";

/** Where Terraform will get the Docker provider from. */
export type ProviderSource = { readonly found: string } | { readonly download: string } | { readonly missing: string };

const NAME = "kreuzwerker/docker";

/**
 * Looks where Terraform looks: what was installed for the environment, local mirrors, the plugin cache, then the provider
 * registry on the network.
 * @param host of the provider registry: Terraform and OpenTofu have one each
 */
export async function findProvider(
  host: string,
  stackDirectory: string | undefined,
  variables: Variables,
): Promise<ProviderSource> {
  const folders = [...(stackDirectory ? [join(stackDirectory, ".terraform", "providers")] : []), ...mirrors(variables)];
  const found = folders.find((folder) => holdsProvider(join(folder, host, NAME)));
  if (found) return { found };
  try {
    const client = new RegistryClient({ url: `https://${host}`, timeoutMs: 5_000 });
    const { status } = await client.get("/.well-known/terraform.json");
    return status === 200 ? { download: host } : { missing: `${host} answers HTTP ${status}` };
  } catch (error) {
    return { missing: `${host}: ${reason(error)}` };
  }
}

/** Folders that Terraform takes for mirrors, named in its configuration or by custom. */
function mirrors(variables: Variables): string[] {
  const home = variables.HOME ?? homedir();
  const configuration = variables.TF_CLI_CONFIG_FILE ?? join(home, ".terraformrc");
  const text = existsSync(configuration) ? readFileSync(configuration, "utf8") : "";
  const named = [...text.matchAll(/^\s*(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"/gm)].map(([, path = ""]) => path);
  const data = (variables.XDG_DATA_DIRS ?? "/usr/local/share:/usr/share").split(":");
  return [
    ...named.map((path) => path.replace(/^~/, home).replace(/^\$HOME/, home)),
    ...(variables.TF_PLUGIN_CACHE_DIR ? [variables.TF_PLUGIN_CACHE_DIR] : []),
    join(home, ".terraform.d", "plugins"),
    join(variables.XDG_DATA_HOME ?? join(home, ".local", "share"), "terraform", "plugins"),
    ...data.map((folder) => join(folder, "terraform", "plugins")),
  ];
}

/** A version that the stack accepts, 4.5 or a later 4.x, as a folder or as an archive. */
function holdsProvider(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) => {
    const minor = /^(?:terraform-provider-docker_)?4\.(\d+)\./.exec(name)?.[1];
    return minor !== undefined && Number(minor) >= 5;
  });
}
