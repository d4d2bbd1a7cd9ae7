// Objects of Kubernetes as hashicorp/kubernetes 3.2 has them in plans, under the names that this project's own stack gives them.

type Values = Record<string, unknown>;

const NAMESPACE = "prod";

const metadata = (name: string, more: Values = {}) => [{ name, namespace: NAMESPACE, ...more }];

const RESTRICTED = {
  allow_privilege_escalation: false,
  capabilities: [{ add: [], drop: ["ALL"] }],
  run_as_non_root: true,
  seccomp_profile: [{ type: "RuntimeDefault" }],
};

interface Parts {
  name?: string;
  namespace?: string;
  /** Of the only container. */
  container?: Values;
  /** Of the pod. */
  pod?: Values;
  spec?: Values;
  top?: Values;
}

const PROBE = [{ period_seconds: 2, exec: [{ command: ["true"] }] }];

function workload(
  component: string,
  own: Values,
  defaults: Values,
  { namespace = NAMESPACE, ...parts }: Parts,
): Values {
  const { name = "" } = parts;
  const container = {
    name: component,
    readiness_probe: PROBE,
    resources: [{ limits: { memory: "2Gi" } }],
    security_context: [RESTRICTED],
    ...own,
    ...parts.container,
  };
  return {
    metadata: [{ name, namespace }],
    wait_for_rollout: true,
    spec: [
      {
        ...defaults,
        ...parts.spec,
        template: [
          {
            metadata: [{ labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/component": component } }],
            spec: [
              {
                automount_service_account_token: false,
                termination_grace_period_seconds: 30,
                container: [container],
                volume: [],
                ...parts.pod,
              },
            ],
          },
        ],
      },
    ],
    ...parts.top,
  };
}

export const deployment = (parts: Parts = {}): Values =>
  workload(
    "distribution",
    {
      image: "registry:3.1.2@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      env: [
        { name: "REGISTRY_AUTH", value: "htpasswd" },
        { name: "REGISTRY_STORAGE_S3_BUCKET", value: "images" },
      ],
      port: [{ container_port: 5000 }],
    },
    {
      replicas: "2",
      strategy: [{ type: "RollingUpdate", rolling_update: [{ max_surge: "1", max_unavailable: "0" }] }],
    },
    { name: "prod-registry", ...parts },
  );

export const statefulSet = (parts: Parts = {}): Values =>
  workload(
    "rustfs",
    {
      image: "rustfs/rustfs:1.0.1@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
      env: [{ name: "RUSTFS_VOLUMES", value: "http://prod-rustfs-{0...3}.prod-rustfs:9000/data" }],
      port: [{ container_port: 9000 }],
      volume_mount: [{ name: "data", mount_path: "/data" }],
    },
    {
      replicas: "4",
      service_name: "prod-rustfs",
      update_strategy: [{ type: "RollingUpdate" }],
      volume_claim_template: [{ metadata: [{ name: "data" }] }],
    },
    { name: "prod-rustfs", ...parts },
  );

export const claim = (name: string, storage = "20Gi", more: Values = {}): Values => ({
  metadata: metadata(name),
  spec: [{ storage_class_name: "fast", resources: [{ requests: { storage } }], ...more }],
});

export const service = (to: string, port: number, type = "ClusterIP", more: Values = {}): Values => ({
  metadata: metadata(to.replace("prod-", "")),
  spec: [
    {
      type,
      selector: { "app.kubernetes.io/name": to },
      port: [{ port, target_port: String(port), protocol: "TCP" }],
      ...more,
    },
  ],
});

export const ingress = (host: string, hasTls = true, to = "registry", port = 5000): Values => ({
  metadata: metadata("prod-registry"),
  spec: [
    {
      rule: [
        { host, http: [{ path: [{ path: "/", backend: [{ service: [{ name: to, port: [{ number: port }] }] }] }] }] },
      ],
      tls: hasTls ? [{ hosts: [host], secret_name: "tls" }] : [],
    },
  ],
});

export const networkPolicy = (rules: unknown[], more: Values = {}): Values => ({
  metadata: metadata("prod-rustfs"),
  spec: [
    {
      pod_selector: [{ match_labels: { "app.kubernetes.io/name": "prod-rustfs" } }],
      policy_types: ["Ingress", "Egress"],
      ingress: rules,
      egress: [],
      ...more,
    },
  ],
});

export const peer = (name: string) => ({
  from: [{ pod_selector: [{ match_labels: { "app.kubernetes.io/name": name } }] }],
  ports: [{ port: "9000", protocol: "TCP" }],
});

export const budget = (spec: Values): Values => ({
  metadata: metadata("prod-rustfs"),
  spec: [{ selector: [{ match_labels: { "app.kubernetes.io/name": "prod-rustfs" } }], ...spec }],
});

export const configMap = (name: string, data: Record<string, string>): Values => ({ metadata: metadata(name), data });

/** A volume of a pod with the files of a ConfigMap or Secret, and where the container has it. */
export const files = (kind: "config_map" | "secret", from: string, path: string) => ({
  pod: { volume: [{ name: "files", [kind]: [kind === "secret" ? { secret_name: from } : { name: from }] }] },
  container: { volume_mount: [{ name: "files", mount_path: path }] },
});
