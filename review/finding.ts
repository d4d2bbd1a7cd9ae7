/** The words of a review: what rules raise and formats print. */

export const SEVERITIES = ["info", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const CATEGORIES = ["data", "exposure", "secrets", "images", "availability", "hygiene"] as const;
export type Category = (typeof CATEGORIES)[number];

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
