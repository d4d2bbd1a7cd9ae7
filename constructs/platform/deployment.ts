import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import type { Platform } from "./platform";

/** Label with the registry's name, of its containers and networks. Volumes have none: the provider replaces a volume with it. */
export const ENVIRONMENT_LABEL = "dev.private-registry.environment";
/** Label that says what a container is, to the review of a plan and to a trial. */
export const COMPONENT_LABEL = "dev.private-registry.component";
/** Label with the id that the Terraform state gives the deployment. */
export const DEPLOYMENT_LABEL = "dev.private-registry.deployment";

/**
 * Who made an object: the registry's name, and an id that is in the Terraform state and nowhere else. An apply that is
 * killed leaves objects that the state does not know; the id tells them from those of another state under the same name.
 */
export class Deployment extends TerraformResource {
  /** Labels for containers and networks. */
  public readonly labels: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id, { terraformResourceType: "terraform_data" });
    this.labels = { [ENVIRONMENT_LABEL]: name, [DEPLOYMENT_LABEL]: this.getStringAttribute("id") };
  }

  /** A platform that labels all it makes as this deployment's; no other label wins over these. */
  public on(platform: Platform): Platform {
    const labelled = <Spec extends { readonly labels?: Record<string, string> }>(spec: Spec): Spec => ({
      ...spec,
      labels: { ...spec.labels, ...this.labels },
    });
    return {
      problems: (options) => platform.problems(options),
      copies: platform.copies,
      overlaps: platform.overlaps,
      prepare: (scope, options) => platform.prepare(scope, options),
      image: (scope, id, reference) => platform.image(scope, id, reference),
      volume: (scope, id, spec) => platform.volume(scope, id, labelled(spec)),
      network: (scope, id, spec) => platform.network(scope, id, labelled(spec)),
      placeOf: (volume) => platform.placeOf(volume),
      peers: (service) => platform.peers(service),
      liveFiles: (scope, id, spec) => platform.liveFiles(scope, id, labelled(spec)),
      service: (scope, id, spec) => platform.service(scope, id, labelled(spec)),
      job: (scope, id, spec) => platform.job(scope, id, labelled(spec)),
      objects: (scope) => platform.objects(scope),
    };
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return {};
  }
}
