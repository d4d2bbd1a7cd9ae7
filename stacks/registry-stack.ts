import { join } from "node:path";
import { App, type TerraformElement, TerraformOutput, TerraformStack, TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import type { Environment } from "../config";
import { type Platform, type PlatformObject, PrivateRegistry } from "../constructs";
import { FILES_ELSEWHERE } from "../constructs/tls/certificate/files";
import { addBackend } from "./backend";
import { platformOf } from "./platforms";
import { registryProps } from "./registry-props";

/** Path components that say nothing in an address. */
const OMITTED_IDS = new Set(["registry", "networks", "Resource"]);

/** Stops plain Terraform and cdktf too: a workspace would be a second state for the same containers. */
const ONE_STATE = {
  condition: `\${terraform.workspace == "default"}`,
  error_message:
    "An environment has one state: use the workspace default (terraform workspace select default, and no TF_WORKSPACE).",
};

export interface RegistryStackOptions {
  /** Whether certificates and CAs must be on this machine; `readEnvironments` asks. @default false */
  readonly filesMustExist?: boolean;
}

/** One environment: its platform's provider, state backend, variables, the registry, outputs. Its id is the environment's name. */
export class RegistryStack extends TerraformStack {
  public readonly registry: PrivateRegistry;

  public readonly environment: Environment;

  private readonly platform: Platform;

  constructor(scope: Construct, environment: Environment, { filesMustExist = false }: RegistryStackOptions = {}) {
    super(scope, environment.name);
    this.environment = environment;
    this.node.setContext(FILES_ELSEWHERE, !filesMustExist);
    addBackend(this, environment);
    platformOf(environment).addProvider(this);
    const props = registryProps(environment);
    this.platform = props.platform;
    this.registry = new PrivateRegistry(this, "registry", props);
    this.addOutputs(this.registry);
  }

  /** What Terraform reads, once it is synthesized. */
  public get file(): string {
    return join(App.of(this).outdir, "stacks", this.node.id, "cdk.tf.json");
  }

  /** What is made on its platform. */
  public get objects(): PlatformObject[] {
    return this.platform.objects(this);
  }

  /** The variables that must have a value before Terraform can plan; all of them are secrets. */
  public get variableNames(): string[] {
    return this.node.children.filter((child) => child instanceof TerraformVariable).map((variable) => variable.node.id);
  }

  /**
   * Addresses that people read in plans: `docker_container.rustfs`, `docker_volume.rustfs_data`. CDKTF adds a hash, which a
   * stack of one registry does not need. Addresses are public: renaming one destroys what it stands for.
   */
  protected override allocateLogicalId(element: TerraformElement): string {
    const path = element.node.scopes.slice(element.node.scopes.indexOf(this) + 1).map((scope) => scope.node.id);
    return path
      .filter((id) => !OMITTED_IDS.has(id))
      .join("_")
      .replaceAll("-", "_");
  }

  private addOutputs(registry: PrivateRegistry): void {
    const outputs: Record<string, string | string[] | undefined> = {
      url: registry.distribution.url,
      login_command: registry.loginCommand,
      bucket: registry.bucket,
      data_location: registry.dataLocation,
      console_url: registry.storage.consoleUrl,
      prometheus_url: registry.monitoring.prometheus?.url,
      alertmanager_url: registry.monitoring.alertmanager?.url,
      dashboard_url: registry.monitoring.perses?.url,
      ui_url: registry.ui?.url,
      container_names: registry.containerNames,
    };
    for (const [name, value] of Object.entries(outputs)) {
      if (value === undefined) continue;
      const output = new TerraformOutput(this, name, { value });
      // The bindings know preconditions, and leave them out of JSON.
      if (name === "url") output.addOverride("precondition", [ONE_STATE]);
    }
  }
}
