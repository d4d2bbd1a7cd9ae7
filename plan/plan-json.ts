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
  /** Addresses. @default - it needs nothing */
  readonly depends_on?: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

/** Every resource that was in the state when the plan was made. */
export function priorResources(plan: PlanJson): readonly StateResource[] {
  return plan.prior_state?.values?.root_module?.resources ?? [];
}

/** Terraform's types of what a Docker Engine keeps. */
export const DOCKER_TYPES = {
  container: "docker_container",
  image: "docker_image",
  network: "docker_network",
  volume: "docker_volume",
} as const;

/** The kinds of objects that a Docker Engine keeps under a name, by Terraform's type. */
export const OBJECT_KINDS = {
  [DOCKER_TYPES.container]: "container",
  [DOCKER_TYPES.network]: "network",
  [DOCKER_TYPES.volume]: "volume",
} as const;

export const isContainer = ({ type }: { readonly type?: string }) => type === DOCKER_TYPES.container;

/** Containers that will be made, or made anew. */
export function createdContainers({ resource_changes = [] }: PlanJson): ResourceChange[] {
  return resource_changes.filter((one) => isContainer(one) && one.change.actions.includes("create"));
}
