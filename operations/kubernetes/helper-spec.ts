import { DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "../../constructs/platform/deployment";
import { COMPONENT_LABEL, labelsOf, unexpanded } from "../../constructs/platform/kubernetes-objects";
import { type HelperSettings, helperName } from "../runtime/helper";
import { WHILE_HELD } from "./hold";
import type { V1Pod } from "./library";

/** Whom the program runs as; what it writes belongs to nobody else. */
const USER = 10001;

/** What a controller gives its own pods. */
const CONTROLLERS = /^(?:pod-template-hash|controller-revision-hash|(?:statefulset|apps)\.kubernetes\.io\/.*)$/;

/** Files that are keys stay in the node's memory. */
const IN_MEMORY = { medium: "Memory", sizeLimit: "16Mi" };

/** A helper as the `restricted` Pod Security Standard wants it: on the networks of the registry's pod, on nodes like its. */
export function helperPod(settings: HelperSettings, registry: V1Pod): V1Pod {
  const { environment, noun, image, variables } = settings;
  const name = helperName(settings);
  const { serviceAccountName, nodeSelector, tolerations } = registry.spec ?? {};
  const env = { HOME: "/work", TMPDIR: "/work", ...variables };
  return {
    metadata: { name, labels: labelsFrom(registry, name, environment, noun) },
    spec: {
      // It has the login for a mirror of the images, and no token here either.
      ...{ serviceAccountName, automountServiceAccountToken: false, enableServiceLinks: false },
      ...{ nodeSelector, tolerations, restartPolicy: "Never", terminationGracePeriodSeconds: 1 },
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          ...{ name: noun, image, imagePullPolicy: "IfNotPresent", command: ["sh", "-c", WHILE_HELD] },
          // The node closes it when what is attached first goes away.
          ...{ stdin: true, stdinOnce: true },
          env: Object.entries(env).map(([key, value]) => ({ name: key, value: unexpanded(value) })),
          resources: { requests: { cpu: "100m", memory: "128Mi" } },
          securityContext: {
            ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: ["work", "config"].map((one) => ({ name: one, mountPath: `/${one}` })),
        },
      ],
      volumes: [
        { name: "work", emptyDir: {} },
        { name: "config", emptyDir: IN_MEMORY },
      ],
    },
  };
}

/** The networks, and whatever else the namespace's rules want of pods. */
function labelsFrom({ metadata }: V1Pod, name: string, environment: string, component: string) {
  const own = Object.entries(metadata?.labels ?? {}).filter(([key]) => !CONTROLLERS.test(key));
  const labels: Record<string, string> = { ...Object.fromEntries(own), [ENVIRONMENT_LABEL]: environment };
  // Terraform did not make it.
  delete labels[DEPLOYMENT_LABEL];
  return labelsOf({ name, labels, component });
}

/** Whether a pod is a helper of this kind. */
export function isHelper({ metadata }: V1Pod, { noun }: Pick<HelperSettings, "noun">): boolean {
  return metadata?.labels?.[COMPONENT_LABEL] === noun;
}
