import type {
  StatefulSetV1SpecTemplateSpecContainerEnv as Env,
  StatefulSetV1SpecTemplateSpecContainerVolumeMount as Mount,
  StatefulSetV1SpecTemplate as Template,
  StatefulSetV1SpecTemplateSpecVolume as Volume,
} from "@cdktf/provider-kubernetes/lib/stateful-set-v1";
import { literal } from "../values/literal";
import type { PodFiles } from "./kubernetes-files";
import { labelsOf, networkLabel, selectorOf, unexpanded } from "./kubernetes-objects";
import { type Toleration, tolerationOf } from "./kubernetes-options";
import type { ContainerSpec, ServiceSpec } from "./platform";

/** Whom the programs run as, and whom their data belongs to: RustFS's own user. */
const USER = "10001";

/** Seconds in which every node hears that a pod ends, so that nobody sends it anything more, before it is told to stop. */
const FAREWELL_SECONDS = 5;

/** Annotation of a pod with a hash of its files. */
export const FILES_ANNOTATION = "dev.private-registry/files";

/** The same of a Job, as a variable: the provider replaces a Job when a variable changes, and does nothing when an annotation does. */
const FILES_VARIABLE = "PRIVATE_REGISTRY_FILES";

/** Variable of a Job with the UIDs of the claims that it writes to: it is replaced, and so runs again, when one of them is another. */
export const CLAIMS_VARIABLE = "PRIVATE_REGISTRY_CLAIMS";

/** Annotation with volumes that a node may take along when it goes (kubernetes/autoscaler, "What types of pods can prevent CA"). */
const SCRATCH_ANNOTATION = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";

/** How a pod of a container is placed and equipped. */
export interface PodContext {
  readonly files: PodFiles;
  /** Volumes that hold data or live files, with where they are seen. */
  readonly volumes: readonly Volume[];
  readonly mounts: readonly Mount[];
  readonly serviceAccount: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  /** How many of the pods there are; several are spread over nodes. */
  readonly copies: number;
  /** Of a Job: UIDs of the claims that it writes to. @default - none */
  readonly claims?: readonly string[];
  /** Whether a pod rather waits than run where there are more of its kind than on another node. */
  readonly mustSpread?: boolean;
}

/** A pod template. */
type PodTemplate = Template & { readonly spec: NonNullable<Template["spec"]> };

/** A pod as the `restricted` Pod Security Standard wants it. */
export function podTemplate(spec: ContainerSpec & Partial<ServiceSpec>, context: PodContext): PodTemplate {
  const { files, copies, nodeSelector, tolerations, serviceAccount, mustSpread = false, claims = [] } = context;
  const scratch = (spec.scratch ?? []).map((path, n) => ({ path, name: `scratch-${n}` }));
  const networks = Object.assign({}, ...(spec.networks ?? []).map(({ id }) => networkLabel(id)));
  const stop = spec.stopTimeoutSeconds;
  const isJob = stop === undefined;
  const annotations = {
    ...(files.hash && !isJob && { [FILES_ANNOTATION]: files.hash }),
    ...(scratch.length > 0 && { [SCRATCH_ANNOTATION]: scratch.map(({ name }) => name).join() }),
  };
  return {
    metadata: {
      labels: { ...labelsOf(spec), ...networks },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      // A Service called `registry` would set REGISTRY_PORT in every pod, which Distribution reads as configuration.
      enableServiceLinks: false,
      nodeSelector: nodeSelector && Object.keys(nodeSelector).length > 0 ? { ...nodeSelector } : undefined,
      toleration: tolerations?.map(tolerationOf),
      restartPolicy: isJob ? "Never" : "Always",
      terminationGracePeriodSeconds: isJob ? undefined : stop + FAREWELL_SECONDS,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      topologySpreadConstraint:
        copies > 1
          ? [
              {
                ...{ maxSkew: 1, topologyKey: "kubernetes.io/hostname" },
                whenUnsatisfiable: mustSpread ? "DoNotSchedule" : "ScheduleAnyway",
                // Kubernetes' default counts a node whose taints keep pods away, e.g. of the control plane, as one without any.
                nodeTaintsPolicy: "Honor",
                labelSelector: [{ matchLabels: selectorOf(spec) }],
              },
            ]
          : undefined,
      container: [
        {
          name: spec.component,
          image: spec.image,
          imagePullPolicy: "IfNotPresent",
          command: spec.entrypoint?.map(word),
          args: spec.command && spec.command.length > 0 ? spec.command.map(word) : undefined,
          env: [
            ...variables(spec),
            ...(isJob && files.hash ? [{ name: FILES_VARIABLE, value: files.hash }] : []),
            ...(claims.length > 0 ? [{ name: CLAIMS_VARIABLE, value: claims.join() }] : []),
          ],
          port: spec.ports?.map(({ port }) => ({ containerPort: port, protocol: "TCP" })),
          resources: resources(spec),
          readinessProbe: spec.health && {
            exec: { command: spec.health.command.map(word) },
            ...{ periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3, successThreshold: 1 },
          },
          lifecycle: isJob
            ? undefined
            : { preStop: [{ exec: { command: ["sh", "-c", `sleep ${FAREWELL_SECONDS}`] } }] },
          securityContext: {
            ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: false },
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMount: [
            ...files.mounts,
            ...context.mounts,
            ...scratch.map(({ path, name }) => ({ mountPath: path, name })),
          ],
        },
      ],
      volume: [...files.volumes, ...context.volumes, ...scratch.map(({ name }) => ({ name, emptyDir: {} }))],
    },
  };
}

const word = (text: string) => literal(unexpanded(text));

/** The pod's own name first: later variables may mention it. */
function variables({ environment = {} }: ContainerSpec): Env[] {
  const entries = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1));
  const named = entries.some(([, value]) => value.includes("$(POD_NAME)"));
  return [
    ...(named ? [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] : []),
    ...entries.map(([name, value]) => ({ name, value: word(value) })),
  ];
}

/** A pod gets the memory that it may take: one that is promised less is the first to be killed when a node is full. */
function resources({ memoryMb, cpus }: Partial<ServiceSpec>) {
  if (memoryMb === undefined) return { requests: { cpu: "50m", memory: "64Mi" } };
  return {
    limits: { memory: `${memoryMb}Mi`, ...(cpus !== undefined && { cpu: milli(cpus) }) },
    requests: { memory: `${memoryMb}Mi`, cpu: cpus === undefined ? "100m" : milli(Math.min(cpus, 0.1)) },
  };
}

/** As Kubernetes writes it back: whole processors without a unit. */
function milli(cpus: number): string {
  return Number.isInteger(cpus) ? String(cpus) : `${Math.round(cpus * 1000)}m`;
}
