import type { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1";
import type { StatefulSetV1SpecVolumeClaimTemplate } from "@cdktf/provider-kubernetes/lib/stateful-set-v1";
import type { Construct } from "constructs";
import { bindings } from "./kubernetes-bindings";
import { labelsOf, type Place } from "./kubernetes-objects";
import { KUBERNETES, type KubernetesStorage } from "./kubernetes-options";
import type { VolumeSpec } from "./platform";

export interface ClaimContext extends Place {
  readonly storage: KubernetesStorage;
}

/**
 * The claims of a volume, one for each copy of its service, named as a StatefulSet would name them. Terraform makes them itself, so
 * that a plan shows what becomes of them, and refuses to destroy what is protected.
 */
export class Claims {
  /** What `ContainerMount` takes. */
  public readonly name: string;
  public readonly resources: PersistentVolumeClaimV1[];
  private readonly noun: string;
  private readonly labels: Record<string, string>;
  private readonly context: ClaimContext;

  constructor(scope: Construct, id: string, spec: VolumeSpec, context: ClaimContext) {
    const { name, service, protect } = spec;
    const { namespace, provider, storage } = context;
    this.name = name;
    this.context = context;
    this.noun = nounOf(spec);
    this.labels = labelsOf({ name: service, labels: spec.labels });
    this.resources = claimNames(spec).map(
      (claimName, n) =>
        new bindings.PersistentVolumeClaimV1(scope, `${id}-${n}`, {
          metadata: {
            name: claimName,
            namespace,
            labels: this.labels,
          },
          spec: claim(storage),
          // Bound when a pod asks for it, on the pod's node.
          waitUntilBound: false,
          lifecycle: { preventDestroy: protect },
          provider,
        }),
    );
  }

  /** The name of the volume in a pod. */
  public get volume(): string {
    return this.noun;
  }

  /** Which claims they are: another one with the same name has another. */
  public get uids(): string[] {
    return this.resources.map(({ metadata }) => metadata.uid);
  }

  /** What a StatefulSet finds the claims by. It makes one only where somebody deleted it by hand. */
  public get template(): StatefulSetV1SpecVolumeClaimTemplate {
    const { namespace, storage } = this.context;
    return { metadata: { name: this.noun, namespace, labels: this.labels }, spec: claim(storage) };
  }
}

/** Names of a volume's claims, as a StatefulSet gives them to its pods. */
export function claimNames(spec: VolumeSpec): string[] {
  return Array.from({ length: spec.copies ?? 1 }, (_, n) => `${nounOf(spec)}-${spec.service}-${n}`);
}

/** What of the volume's name is not its service's. */
function nounOf({ name, service }: VolumeSpec): string {
  return name.startsWith(`${service}-`) ? name.slice(service.length + 1) : "data";
}

function claim({ storageClass, sizeGb = KUBERNETES.claimGb }: KubernetesStorage) {
  return {
    accessModes: ["ReadWriteOnce"],
    storageClassName: storageClass,
    resources: { requests: { storage: `${sizeGb}Gi` } },
  };
}
