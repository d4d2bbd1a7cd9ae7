import type { TerraformResource } from "cdktf";
import type { ContainerSpec } from "./platform";

/** The lifecycle of what is replaced with other resources; nothing when it is replaced with none. */
export function lifecycle({ replaceWith }: Pick<ContainerSpec, "replaceWith">) {
  return replaceWith?.length ? { replaceTriggeredBy: replaceWith.map(address) } : undefined;
}

/** `replace_triggered_by` takes a bare address; CDKTF would wrap a reference into a template, which Terraform refuses. */
function address(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}
