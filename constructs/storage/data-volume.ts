import { Volume } from "@cdktf/provider-docker/lib/volume";
import type { TerraformProvider } from "cdktf";
import type { Construct } from "constructs";

/**
 * A named volume. It carries no labels: the provider replaces a volume, data and all, when a label changes.
 *
 * @param protect refuse every plan that would destroy it (`prevent_destroy`)
 */
export function dataVolume(
  scope: Construct,
  id: string,
  { name, protect, provider }: { name: string; protect: boolean; provider?: TerraformProvider },
): Volume {
  return new Volume(scope, id, { name, driver: "local", provider, lifecycle: { preventDestroy: protect } });
}
