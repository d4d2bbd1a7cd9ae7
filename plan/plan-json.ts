/** The parts of `terraform show -json PLAN` that are looked at; format 1.x. */
export interface PlanJson {
  readonly resource_changes?: readonly ResourceChange[];
  readonly resource_drift?: readonly ResourceChange[];
  readonly output_changes?: Readonly<Record<string, { readonly actions: readonly string[] }>>;
  readonly prior_state?: {
    readonly values?: { readonly root_module?: { readonly resources?: readonly StateResource[] } };
  };
  readonly errored?: boolean;
}

export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Values | null;
    readonly after: Values | null;
    readonly after_unknown?: Values | boolean;
    readonly before_sensitive?: Values | boolean;
    readonly after_sensitive?: Values | boolean;
    readonly replace_paths?: readonly (readonly (string | number)[])[];
  };
}

export interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly mode: string;
  readonly values: Values;
}

export type Values = Readonly<Record<string, unknown>>;

/** Every resource that was in the state when the plan was made. */
export function priorResources(plan: PlanJson): readonly StateResource[] {
  return plan.prior_state?.values?.root_module?.resources ?? [];
}

/** The kinds of objects that a Docker Engine keeps under a name, by Terraform's type. */
export const OBJECT_KINDS = {
  docker_container: "container",
  docker_network: "network",
  docker_volume: "volume",
} as const;

export const isContainer = ({ type }: { readonly type?: string }) => type === "docker_container";

/** Containers that will be made, or made anew. */
export function createdContainers({ resource_changes = [] }: PlanJson): ResourceChange[] {
  return resource_changes.filter((one) => isContainer(one) && one.change.actions.includes("create"));
}
