// What the Kubernetes provider does with its objects: through the API server that the kubeconfig names.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { json } from "node:stream/consumers";
import { parse } from "yaml";
import { EngineError } from "./docker.mjs";

const CORE = "/api/v1";
const COLLECTIONS = {
  kubernetes_config_map_v1: [CORE, "configmaps"],
  kubernetes_deployment_v1: ["/apis/apps/v1", "deployments"],
  kubernetes_ingress_v1: ["/apis/networking.k8s.io/v1", "ingresses"],
  kubernetes_job_v1: ["/apis/batch/v1", "jobs"],
  kubernetes_network_policy_v1: ["/apis/networking.k8s.io/v1", "networkpolicies"],
  kubernetes_persistent_volume_claim_v1: [CORE, "persistentvolumeclaims"],
  kubernetes_pod_disruption_budget_v1: ["/apis/policy/v1", "poddisruptionbudgets"],
  kubernetes_secret_v1: [CORE, "secrets"],
  kubernetes_service_account_v1: [CORE, "serviceaccounts"],
  kubernetes_service_v1: [CORE, "services"],
  kubernetes_stateful_set_v1: ["/apis/apps/v1", "statefulsets"],
};

export const isKubernetes = (type) => type.startsWith("kubernetes_");

/** @param variables of the run */
export function connect(config, variables) {
  const [{ config_context: context } = {}] = [config.provider?.kubernetes ?? []].flat();
  const call = async (method, path, body) => {
    const { clusters, contexts } = parse(readFileSync(variables.KUBE_CONFIG_PATH, "utf8"));
    const { cluster } = contexts.find(({ name }) => name === context).context;
    const { server } = clusters.find(({ name }) => name === cluster).cluster;
    const bytes = Buffer.from(body ? JSON.stringify(body) : "");
    const headers = { "content-length": bytes.length };
    const outgoing = request(`${server}${path}`, { method, headers, agent: false });
    outgoing.end(bytes);
    const [answer] = await once(outgoing, "response");
    return { status: answer.statusCode, body: await json(answer) };
  };
  const must = async (...args) => {
    const answer = await call(...args);
    if (answer.status >= 400) throw new EngineError(answer.body.message);
    return answer.body;
  };
  return { call, must };
}

/** @returns the attributes of what is still there; none: it is gone. What is imported has none but its id yet. */
export async function refresh({ call }, type, attributes) {
  const { status, body } = await call("GET", pathOf(type, attributes.id));
  if (status === 404) return undefined;
  const { name, namespace, labels } = body.metadata;
  return attributes.metadata ? attributes : { id: attributes.id, metadata: [{ name, namespace, labels }] };
}

export async function create({ must }, type, wanted) {
  const [{ name, namespace }] = wanted.metadata;
  await must("POST", collectionOf(type, namespace), objectOf(type, wanted));
  return { id: `${namespace}/${name}` };
}

export async function update({ must }, type, { id }, wanted) {
  await must("PUT", pathOf(type, id), objectOf(type, wanted));
}

export async function destroy({ call }, type, { id }) {
  const { status, body } = await call("DELETE", pathOf(type, id), {});
  if (status >= 400 && status !== 404) throw new EngineError(body.message);
}

function collectionOf(type, namespace) {
  const [group, resource] = COLLECTIONS[type];
  return `${group}/namespaces/${namespace}/${resource}`;
}

function pathOf(type, id) {
  const [namespace, name] = id.split("/");
  return `${collectionOf(type, namespace)}/${name}`;
}

/** The parts of an object that something here looks at. */
function objectOf(type, { metadata: [{ name, namespace, labels, annotations }], spec: [spec] = [], data }) {
  const base64 = ([key, text]) => [key, Buffer.from(text ?? "").toString("base64")];
  return {
    metadata: { name, namespace, labels, annotations },
    ...(data && {
      data: type === "kubernetes_secret_v1" ? Object.fromEntries(Object.entries(data).map(base64)) : data,
    }),
    ...(spec && { spec: spec.template ? workloadSpec(name, spec) : simpleSpec(type, spec) }),
  };
}

function simpleSpec(type, spec) {
  if (type === "kubernetes_service_v1") {
    const ports = (spec.port ?? []).map(({ port, target_port: targetPort, node_port: nodePort }) => ({
      ...{ port, targetPort: Number(targetPort) },
      nodePort,
    }));
    return { type: spec.type ?? "ClusterIP", clusterIP: spec.cluster_ip, selector: spec.selector, ports };
  }
  if (type === "kubernetes_persistent_volume_claim_v1")
    return { storageClassName: spec.storage_class_name, resources: [spec.resources].flat()[0] };
  return {};
}

function workloadSpec(name, { replicas = 1, selector, template: [{ metadata, spec }] }) {
  const [{ labels }] = metadata;
  const [{ container, security_context: [pod] = [] }] = spec;
  return {
    replicas: Number(replicas),
    selector: { matchLabels: [selector].flat()[0]?.match_labels ?? { "app.kubernetes.io/name": name } },
    template: {
      metadata: { labels },
      spec: {
        securityContext: {
          runAsNonRoot: pod?.run_as_non_root,
          seccompProfile: { type: [pod?.seccomp_profile].flat()[0]?.type },
        },
        containers: container.map((one) => ({
          ...{ name: one.name, image: one.image, command: one.command, args: one.args },
          env: (one.env ?? []).map(({ name, value }) => ({ name, value })),
          readinessProbe: one.readiness_probe && { exec: [[one.readiness_probe].flat()[0].exec].flat()[0] },
          resources: [one.resources].flat()[0],
          securityContext: {
            allowPrivilegeEscalation: [one.security_context].flat()[0]?.allow_privilege_escalation,
            capabilities: [[one.security_context].flat()[0]?.capabilities].flat()[0],
          },
        })),
      },
    },
  };
}

const BLOCKS = new Set(["metadata", "spec", "template", "security_context"]);

/** As Terraform has them: cdktf writes a block of which there is one as it is, and Terraform a list of it. */
export function withBlocks(node) {
  if (Array.isArray(node)) return node.map(withBlocks);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (/^(labels|annotations|data|match_labels|lifecycle)$/.test(key)) return [key, value];
      const inner = withBlocks(value);
      return [key, BLOCKS.has(key) && !Array.isArray(inner) ? [inner] : inner];
    }),
  );
}
