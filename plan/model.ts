/** A plan as everybody here reads it. Every value in it is masked. */

/** `none`: in the plan, unchanged. `replace`: destroyed and created. `forget`: leaves the state, stays on the host. */
export type Action = "create" | "update" | "replace" | "delete" | "forget" | "read" | "none";

export type Values = Readonly<Record<string, unknown>>;

/** Stands for a value that Terraform learns during apply. */
export const UNKNOWN = "(known after apply)";

export interface AttributeChange {
  /** `ports.5000/tcp`, `env.LOG_LEVEL`, `name`. */
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
  /** Whether this change is why the resource is replaced. */
  readonly forcesReplacement: boolean;
}

export interface Change {
  readonly address: string;
  readonly type: string;
  readonly action: Action;
  /** A replacement that creates before it destroys. */
  readonly createFirst: boolean;
  /** A replacement that leaves the old object where it is and only forgets it. @default false */
  readonly keepsOld?: boolean;
  /** Terraform's `action_reason`; an open set. */
  readonly reason?: string;
  /** Attributes that force the replacement; none when a trigger does. */
  readonly replacePaths: readonly string[];
  readonly previousAddress?: string;
  readonly importing: boolean;
  readonly before?: Values;
  readonly after?: Values;
  /** What really changes, noise dropped. */
  readonly attributes: readonly AttributeChange[];
}

/** What the configuration says of one resource, under its address without instance keys. */
export interface Declaration {
  /** Addresses that each attribute refers to. */
  readonly references: Readonly<Record<string, readonly string[]>>;
  readonly dependsOn: readonly string[];
  /** Types of its provisioners. */
  readonly provisioners: readonly string[];
  /** Whole provisioners as JSON: what they run is part of what an apply does. @default - none in view */
  readonly provisionerText?: string;
  /** Known only to a configuration, never to a plan. @default - unknown */
  readonly preventDestroy?: boolean;
}

export interface CheckResult {
  readonly address: string;
  readonly status: "fail" | "error";
  readonly messages: readonly string[];
}

export interface OutputChange {
  readonly name: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface Plan {
  /** `configuration`: synthesized JSON, no state behind it. */
  readonly source: "plan" | "configuration";
  readonly terraformVersion?: string;
  /** Version constraint of the Docker provider. */
  readonly dockerProvider?: string;
  /** Settings of every provider as JSON: the same changes on another Docker host are another plan. */
  readonly providerSettings: string;
  readonly changes: readonly Change[];
  /** What was changed outside Terraform since the last apply. */
  readonly drift: readonly Change[];
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** Outputs that change. */
  readonly outputs: readonly OutputChange[];
  readonly failedChecks: readonly CheckResult[];
  /** False when `-target` left something out. */
  readonly complete: boolean;
}
