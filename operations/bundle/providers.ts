import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequiredProvider } from "../../constructs/values/required-providers";
import { admits, compareVersions, type Version } from "../../constructs/values/version-constraint";
import type { Product } from "../../stacks";
import { Failure } from "../failure";
import { listFolder } from "../readable";
import { readProviderLock } from "../terraform/provider-lock";
import { mirrors } from "../terraform/provider-search";
import type { Terraform, Variables } from "../terraform/terraform";

/** Each product names providers by its own registry. */
const PROVIDER_HOSTS: Readonly<Record<Product, string>> = {
  Terraform: "registry.terraform.io",
  OpenTofu: "registry.opentofu.org",
};

/** A file of a provider, as a mirror has it: an archive as it was published, or a program that was unpacked. */
interface ProviderFile {
  /** Below the mirror's folder. */
  readonly path: string;
  readonly file: string;
}

export interface FoundProviders {
  readonly files: readonly ProviderFile[];
  /** Those whose providers are all there. */
  readonly products: readonly Product[];
  readonly close: () => void;
}

/**
 * The providers for some platforms and both products, from a folder, from where Terraform looks, or downloaded.
 * @param folder the only place to look. @default - Terraform's mirrors, then the registries
 * @throws Failure when they are complete for neither product
 */
export async function findProviders(
  terraform: Terraform,
  providers: readonly RequiredProvider[],
  platforms: readonly string[],
  folder: string | undefined,
  variables: Variables,
): Promise<FoundProviders> {
  const local = search(folder ? [folder] : mirrors(variables), providers, platforms);
  if (local.products.length === 2 || (folder && local.products.length > 0)) return { ...local, close: () => {} };
  if (folder)
    throw new Failure(
      `${folder} does not hold ${providers.map(named).join(" and ")} for ${platforms.join(", ")}`,
      `terraform providers mirror ${platforms.map((one) => `-platform=${one.replace("/", "_")}`).join(" ")} ${folder}, where cdktf.out/stacks/ENV is`,
    );
  const target = mkdtempSync(join(tmpdir(), "providers-"));
  const close = () => rmSync(target, { recursive: true, force: true });
  try {
    const texts: string[] = [];
    for (const product of ["Terraform", "OpenTofu"] as const)
      texts.push(...(await download(terraform, product, providers, platforms, target)));
    const loaded = search([target, ...mirrors(variables)], providers, platforms);
    if (loaded.products.length > 0) return { ...loaded, close };
    throw new Failure(
      `${terraform.product} cannot get the providers for ${platforms.join(", ")}`,
      "without a way to its registry: --providers FOLDER, a mirror as `terraform providers mirror` makes it",
      texts.join("\n"),
    );
  } catch (error) {
    close();
    throw error;
  }
}

function search(
  folders: readonly string[],
  providers: readonly RequiredProvider[],
  platforms: readonly string[],
): Omit<FoundProviders, "close"> {
  const products: Product[] = [];
  const files: ProviderFile[] = [];
  for (const product of ["Terraform", "OpenTofu"] as const) {
    const found = providers.flatMap((provider) =>
      platforms.map((platform) => searchOne(folders, product, provider, platform.replace("/", "_"))),
    );
    if (found.some((one) => one === undefined)) continue;
    products.push(product);
    files.push(...found.flatMap((one) => one ?? []));
  }
  return { products, files };
}

/** The newest that fits, and an archive before a program: only an archive can be compared with what was published. */
function searchOne(
  folders: readonly string[],
  product: Product,
  provider: RequiredProvider,
  platform: string,
): ProviderFile[] | undefined {
  const inside = join(PROVIDER_HOSTS[product], provider.source);
  const locked = readProviderLock(product, provider.source)?.version;
  for (const folder of folders) {
    const place = join(folder, inside);
    const found = listFolder(place)
      .flatMap((name) => {
        const packed = /^terraform-provider-[a-z]+_(\d+\.\d+\.\d+)_(\w+)\.zip$/.exec(name);
        if (packed) return packed[2] === platform ? [{ version: packed[1] ?? "", names: [name] }] : [];
        const names = /^\d+\.\d+\.\d+$/.test(name) ? listFolder(join(place, name, platform)) : [];
        return names.length > 0 ? [{ version: name, names: names.map((file) => join(name, platform, file)) }] : [];
      })
      .filter(({ version }) => admits(locked ? `= ${locked}` : provider.version, numbers(version)))
      .sort(
        (a, b) =>
          compareVersions(numbers(b.version), numbers(a.version)) ||
          a.names.length - b.names.length ||
          packedFirst(a, b),
      );
    const [best] = found;
    if (best) return best.names.map((name) => ({ path: join(inside, name), file: join(place, name) }));
  }
  return undefined;
}

const packedFirst = (a: { names: string[] }, b: { names: string[] }) =>
  Number(b.names[0]?.endsWith(".zip")) - Number(a.names[0]?.endsWith(".zip"));
const numbers = (version: string) => version.split(".").map(Number) as unknown as Version;
const named = ({ source, version }: RequiredProvider) => `${source} ${version}`;

/** Both products ask both registries: each reads the other's too. @returns what it said when that failed */
async function download(
  terraform: Terraform,
  product: Product,
  providers: readonly RequiredProvider[],
  platforms: readonly string[],
  target: string,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "mirror-"));
  try {
    const required = providers.map(({ source, version }) => {
      const locked = readProviderLock(product, source)?.version;
      return [source.split("/")[1], { source: `${PROVIDER_HOSTS[product]}/${source}`, version: locked ?? version }];
    });
    const config = { terraform: { required_providers: Object.fromEntries(required) } };
    mkdirSync(target, { recursive: true });
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(config));
    const flags = platforms.map((platform) => `-platform=${platform.replace("/", "_")}`);
    const { code, text } = await terraform.run(folder, ["providers", "mirror", ...flags, target]);
    return code === 0 ? [] : [text.trim()];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every file below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => !one.isDirectory())
    .map((one) => join(one.parentPath, one.name))
    .sort();
}
