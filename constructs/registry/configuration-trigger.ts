import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { Resource } from "@cdktf/provider-null/lib/resource";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { NULL_PROVIDER } from "../values/required-providers";

/**
 * A `null_resource` that holds settings one by one, so that a plan shows which of them changes; what is replaced with it
 * takes the new ones. Nothing secret may be in it. A stack without a null provider gets one.
 */
export class ConfigurationTrigger extends Resource {
  constructor(scope: Construct, id: string, settings: Readonly<Record<string, string>>) {
    super(scope, id, { triggers: settings });
    const stack = TerraformStack.of(this);
    if (stack.node.findAll().some((node) => node instanceof NullProvider)) return;
    new NullProvider(stack, "null");
    stack.addOverride("terraform.required_providers.null", NULL_PROVIDER);
  }
}
