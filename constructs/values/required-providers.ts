/** A provider, as a stack asks for it. */
export interface RequiredProvider {
  /** Name in the provider's registry, e.g. `kreuzwerker/docker`. */
  readonly source: string;
  /** Terraform's constraint, e.g. `~> 4.5`. */
  readonly version: string;
}

/** 3.x, which the bindings pin, deletes stopped containers during a plan (kreuzwerker/terraform-provider-docker#841). */
export const DOCKER_PROVIDER: RequiredProvider = { source: "kreuzwerker/docker", version: "~> 4.5" };

/** The newest major; the bindings pin an older one, whose resources are the same. */
export const KUBERNETES_PROVIDER: RequiredProvider = { source: "hashicorp/kubernetes", version: "~> 3.2" };

/** Carries the readable configuration. The bindings pin one exact version, which a mirror may not have. */
export const NULL_PROVIDER: RequiredProvider = { source: "hashicorp/null", version: "~> 3.2" };
