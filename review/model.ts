/** The words of a review: what `plan.ts` reads, what rules raise, what formats print. Everything in here is masked. */

export const SEVERITIES = ["info", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const CATEGORIES = ["data", "exposure", "secrets", "images", "availability", "hygiene"] as const;
export type Category = (typeof CATEGORIES)[number];

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
  readonly provisioners: readonly string[];
  /** Known only to a configuration, never to a plan. @default - unknown */
  readonly preventDestroy?: boolean;
}

export interface CheckResult {
  readonly address: string;
  readonly status: "fail" | "error";
  readonly messages: readonly string[];
}

export interface Plan {
  /** `configuration`: synthesized JSON, no state behind it. */
  readonly source: "plan" | "configuration";
  readonly terraformVersion?: string;
  /** Version constraint of the Docker provider. */
  readonly dockerProvider?: string;
  readonly changes: readonly Change[];
  /** What was changed outside Terraform since the last apply. */
  readonly drift: readonly Change[];
  readonly declarations: ReadonlyMap<string, Declaration>;
  readonly failedChecks: readonly CheckResult[];
  /** False when `-target` left something out. */
  readonly complete: boolean;
}

export type Impact =
  | { readonly kind: "data-loss" }
  /** The data stays where it is, and whoever used it starts without it. */
  | { readonly kind: "left-behind" }
  | { readonly kind: "destroy-all" }
  | { readonly kind: "downtime"; readonly who: string; readonly seconds: number };

/** What a rule raises. */
export interface Problem {
  readonly address: string;
  /** One sentence in plain words, without the address. */
  readonly message: string;
  readonly cause?: string;
  /** @default - the rule's own */
  readonly fix?: string;
  /** @default - the rule's own */
  readonly severity?: Severity;
  readonly impact?: Impact;
}

export interface Finding extends Problem {
  readonly rule: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly fix: string;
  /** True before this plan and not made by it: told, not counted. */
  readonly standing: boolean;
  /** The reason why somebody accepts it. */
  readonly acknowledged?: string;
}

export interface ConfigurationChange {
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
  /** Where it was read. */
  readonly address: string;
}
