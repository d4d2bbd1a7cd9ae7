import type { BundledImage } from "./contents";
import type { ClosedPackage } from "./package";

/** The bill of materials, CycloneDX 1.5: no time and no serial number, so that the same bundle has the same. */
export function billOfMaterials(
  version: string,
  packages: readonly ClosedPackage[],
  images: readonly BundledImage[],
  providers: readonly string[],
) {
  const components = [
    ...packages.map(({ manifest: { name, version: its, license } }) => ({
      ...{ type: "library", name, version: its, purl: `pkg:npm/${name.replace("@", "%40")}@${its}` },
      ...(license && { licenses: [{ expression: license }] }),
    })),
    ...images.map(({ name, digest }) => {
      const [repository = ""] = name.replace(/@.*/, "").split(/:(?=[^/]*$)/);
      const purl = `pkg:oci/${repository.split("/").at(-1)}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(repository)}`;
      return { type: "container", name, version: digest, purl };
    }),
    ...providers.map((path) => ({ type: "file", name: path })),
  ];
  const unique = new Map(components.map((one) => [JSON.stringify(one), one]));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { component: { type: "application", name: "cdktf-private-registry", version } },
    components: [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
  };
}
