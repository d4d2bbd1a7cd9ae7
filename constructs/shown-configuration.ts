import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";

/**
 * A `terraform_data` that holds settings one by one, so that a plan shows which of them changes; what is replaced with it
 * takes the new ones. Nothing secret may be in it.
 *
 * Not CDKTF's `DataResource`: that one runs `terraform version` at synthesis, which costs 0.1 s and needs Terraform.
 */
export class ShownConfiguration extends TerraformResource {
  private readonly settings: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, settings: Readonly<Record<string, string>>) {
    super(scope, id, { terraformResourceType: "terraform_data" });
    this.settings = settings;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { triggers_replace: this.settings };
  }
}
