/** The parts of `cdk.tf.json` that are looked at. */
export interface TerraformConfig {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, ResourceConfig>>>>;
  readonly terraform?: { readonly required_providers?: unknown };
}

export interface ResourceConfig {
  readonly name?: string;
  readonly lifecycle?: { readonly prevent_destroy?: boolean; readonly replace_triggered_by?: readonly string[] };
  readonly upload?: readonly { readonly file?: string; readonly source?: string; readonly content?: string }[];
  readonly triggers?: Readonly<Record<string, string>>;
}

/** Every resource with its address. */
export function resources({ resource = {} }: TerraformConfig): (ResourceConfig & { address: string })[] {
  return Object.entries(resource).flatMap(([type, all]) =>
    Object.entries(all).map(([name, one]) => ({ ...one, address: `${type}.${name}` })),
  );
}
