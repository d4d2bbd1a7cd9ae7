/** For each rule a plan that breaks it and one that does not, as like each other as can be. */
export type Cases = Readonly<
  Record<string, { readonly violating: unknown; readonly clean: unknown; readonly policy?: string }>
>;
