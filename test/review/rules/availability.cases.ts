import { job, plan, registry, rustfs } from "../builder";
import { budget, configMap, deployment, files, ingress, service, statefulSet } from "../kubernetes";
import type { Cases } from "./cases";

const stays = (values: Record<string, unknown>) => ({ before: values, after: values });
const env = (...names: string[]) => ["REGISTRY_AUTH=htpasswd", ...names];
const s3 = ["REGISTRY_STORAGE_S3_BUCKET=images", "REGISTRY_STORAGE_S3_REGIONENDPOINT=http://rustfs:9000"];
const drifted = (before: object, after: object, actions = ["update"]) => ({
  resource_drift: [{ address: "docker_container.reg", type: "docker_container", change: { actions, before, after } }],
});

const acme = (cache: string, ...hosts: string[]) =>
  registry({
    upload: [
      {
        file: "/etc/distribution/config.yml",
        content: `version: 0.1\nhttp:\n  tls:\n    letsencrypt:\n      cachefile: ${cache}\n      hosts: [${hosts.join(", ")}]\n`,
      },
    ],
  });

export const availabilityCases: Cases = {
  "certificate-requested": {
    violating: plan({
      "docker_container.reg": {
        before: acme("/acme/a", "a.example.com"),
        after: acme("/acme/a", "a.example.com", "b"),
      },
    }),
    clean: plan({
      "docker_container.reg": { before: acme("/acme/a", "a.example.com", "b"), after: acme("/acme/a", "b") },
    }),
  },
  "registry-replaced": {
    violating: plan({
      "docker_container.reg": { before: registry(), after: registry({ labels: [{ label: "a", value: "b" }] }) },
    }),
    clean: plan({
      "docker_container.reg": { before: registry(), after: registry({ memory: 512 }), actions: ["update"] },
    }),
  },
  "storage-replaced": {
    violating: plan({ "docker_container.store": { before: rustfs(), after: rustfs({ env: ["A=b"] }) } }),
    clean: plan({
      "docker_container.store": { before: rustfs(), after: rustfs({ memory: 4096 }), actions: ["update"] },
    }),
  },
  "service-replaced": {
    violating: plan({
      "docker_container.p": { before: { name: "p", image: "caddy:2.10" }, after: { name: "p", image: "caddy:2.11" } },
    }),
    clean: plan({ "docker_container.b": { before: job(), after: job({ env: ["A=b"] }) } }),
  },
  "service-removed": {
    violating: plan({ "docker_container.reg": { before: registry() } }),
    clean: plan({ "docker_container.bucket": { before: job() } }),
  },
  "several-replaced": {
    violating: plan({
      "docker_container.reg": { before: registry(), after: registry({ hostname: "a" }) },
      "docker_container.store": { before: rustfs(), after: rustfs({ hostname: "b" }) },
    }),
    clean: plan({
      "docker_container.reg": { before: registry(), after: registry({ hostname: "a" }) },
      "docker_container.store": stays(rustfs()),
    }),
  },
  "network-replaced": {
    violating: plan({ "docker_network.n": { before: { name: "n" }, after: { name: "m" } } }),
    clean: plan({ "docker_network.n": stays({ name: "n" }) }),
  },
  "stop-without-grace": {
    violating: plan({ "docker_container.store": { after: rustfs({ destroy_grace_seconds: 0, stop_timeout: 40 }) } }),
    clean: plan({ "docker_container.store": { after: rustfs() } }),
  },
  "never-applied": {
    violating: plan({
      "docker_container.reg": {
        before: registry(),
        after: registry({ healthcheck: [{ interval: "9s" }] }),
        actions: ["update"],
      },
    }),
    clean: plan({
      "docker_container.reg": { before: registry(), after: registry({ memory: 512 }), actions: ["update"] },
    }),
  },
  "stopped-container": {
    violating: plan(
      { "docker_container.reg": { before: registry({ must_run: false, ports: [] }), after: registry() } },
      drifted({ name: "reg", must_run: true }, { name: "reg", must_run: false }),
    ),
    clean: plan(
      { "docker_container.reg": stays(registry()) },
      drifted({ name: "reg", memory: 1 }, { name: "reg", memory: 2 }),
    ),
  },
  "tainted-retried": {
    violating: plan({
      "docker_container.bucket": { before: job(), after: job({ hostname: "x" }), reason: "replace_because_tainted" },
    }),
    clean: plan({
      "docker_container.bucket": {
        before: job(),
        after: job({ hostname: "x" }),
        reason: "replace_because_cannot_update",
      },
    }),
  },
  drift: {
    violating: plan({ "docker_container.reg": { after: registry() } }, drifted(registry(), registry(), ["delete"])),
    clean: plan(
      { "docker_container.reg": stays(registry()) },
      drifted({ dns: null, exit_code: 0 }, { dns: [], exit_code: 1 }),
    ),
  },
  "job-runs-again": {
    violating: plan({ "docker_container.bucket": { before: job(), after: job({ env: ["A=b"] }) } }),
    clean: plan({ "docker_container.bucket": { after: job() } }),
  },
  "pushes-refused": {
    violating: plan({
      "docker_container.reg": {
        before: registry(),
        after: registry({ env: env("REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED=true") }),
      },
    }),
    clean: plan({
      "docker_container.reg": {
        before: registry({ env: env("REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED=true") }),
        after: registry(),
      },
    }),
  },
  "redirect-unreachable": {
    violating: plan({ "docker_container.reg": { after: registry({ env: env(...s3) }) } }),
    clean: plan({
      "docker_container.reg": { after: registry({ env: env(...s3, "REGISTRY_STORAGE_REDIRECT_DISABLE=true") }) },
    }),
  },
  "port-conflict": {
    violating: plan({
      "docker_container.a": { after: registry({ name: "a" }) },
      "docker_container.b": { after: registry({ name: "b" }) },
    }),
    clean: plan({
      "docker_container.a": { after: registry({ name: "a" }) },
      "docker_container.b": {
        after: registry({ name: "b", ports: [{ internal: 5000, external: 5000, ip: "127.0.0.2", protocol: "tcp" }] }),
      },
    }),
  },
  "create-first-collides": {
    violating: plan({
      "docker_container.reg": { before: registry(), after: registry({ hostname: "a" }), actions: ["create", "delete"] },
    }),
    clean: plan({ "docker_container.reg": { before: registry(), after: registry({ hostname: "a" }) } }),
  },
  "read-only-upload": {
    violating: plan({
      "docker_container.reg": { after: registry({ read_only: true, upload: [{ file: "/a", content: "b" }] }) },
    }),
    clean: plan({ "docker_container.reg": { after: registry({ read_only: true }) } }),
  },
  "wait-without-healthcheck": {
    violating: plan({ "docker_container.reg": { after: registry({ wait: true, healthcheck: [] }) } }),
    clean: plan({ "docker_container.reg": { after: registry({ wait: true }) } }),
  },
  "removed-on-exit": {
    violating: plan({ "docker_container.bucket": { after: job({ rm: true }) } }),
    clean: plan({ "docker_container.bucket": { after: job() } }),
  },
  "no-restart-policy": {
    violating: plan({ "docker_container.reg": { after: registry({ restart: "no" }) } }),
    clean: plan({ "docker_container.reg": { after: registry() }, "docker_container.bucket": { after: job() } }),
  },
  "storage-memory-low": {
    violating: plan({ "docker_container.store": { after: rustfs({ memory: 1024 }) } }),
    clean: plan({ "docker_container.store": { after: rustfs({ memory: 0 }) } }),
  },
  "no-healthcheck": {
    violating: plan({ "docker_container.reg": { after: registry({ healthcheck: [] }) } }),
    clean: plan({ "docker_container.reg": { after: registry() } }),
  },
  "disruption-budget-weakened": {
    violating: plan({
      "kubernetes_stateful_set_v1.rustfs": stays(statefulSet()),
      "kubernetes_pod_disruption_budget_v1.rustfs": { before: budget({ max_unavailable: "1" }) },
    }),
    clean: plan({
      "kubernetes_stateful_set_v1.rustfs": stays(statefulSet()),
      "kubernetes_pod_disruption_budget_v1.rustfs": {
        before: budget({ max_unavailable: "2" }),
        after: budget({ max_unavailable: "1" }),
      },
      "kubernetes_pod_disruption_budget_v1.gone": {
        before: budget({ max_unavailable: "1", selector: [{ match_labels: { app: "gone" } }] }),
      },
    }),
  },
  "files-not-reread": {
    violating: plan({
      "kubernetes_config_map_v1.registry": {
        before: configMap("prod-registry", { "config.yml": "version: 0.1" }),
        after: configMap("prod-registry", { "config.yml": "version: 0.1\nlog: {}" }),
        actions: ["update"],
      },
      "kubernetes_deployment_v1.distribution": stays(
        deployment(files("config_map", "prod-registry", "/etc/distribution")),
      ),
    }),
    // Rolled by a change of the pod, or mounted by nobody.
    clean: plan({
      "kubernetes_config_map_v1.registry": {
        before: configMap("prod-registry", { "config.yml": "version: 0.1" }),
        after: configMap("prod-registry", { "config.yml": "version: 0.1\nlog: {}" }),
        actions: ["update"],
      },
      "kubernetes_deployment_v1.distribution": {
        before: deployment(files("config_map", "prod-registry", "/etc/distribution")),
        after: deployment({
          ...files("config_map", "prod-registry", "/etc/distribution"),
          pod: { ...files("config_map", "prod-registry", "").pod, priority_class_name: "high" },
        }),
        actions: ["update"],
      },
      "kubernetes_config_map_v1.other": {
        before: configMap("other", { a: "b" }),
        after: configMap("other", { a: "c" }),
        actions: ["update"],
      },
    }),
  },
  "ingress-host-changed": {
    violating: plan({
      "kubernetes_deployment_v1.distribution": stays(deployment()),
      "kubernetes_service_v1.registry": stays(service("prod-registry", 5000)),
      "kubernetes_ingress_v1.registry": {
        before: ingress("registry.example.com"),
        after: ingress("images.example.com"),
        actions: ["update"],
      },
    }),
    clean: plan({
      "kubernetes_deployment_v1.distribution": stays(deployment()),
      "kubernetes_service_v1.registry": stays(service("prod-registry", 5000)),
      "kubernetes_ingress_v1.registry": {
        before: ingress("registry.example.com", false),
        after: ingress("registry.example.com"),
        actions: ["update"],
      },
      "kubernetes_ingress_v1.shop": {
        before: ingress("shop.example.com", true, "shop"),
        after: ingress("store.example.com", true, "shop"),
        actions: ["update"],
      },
    }),
  },
  "memory-lowered": {
    violating: plan({
      "kubernetes_deployment_v1.distribution": {
        before: deployment(),
        after: deployment({ container: { resources: [{ limits: { memory: "512Mi" } }] } }),
        actions: ["update"],
      },
    }),
    clean: plan({
      "kubernetes_deployment_v1.distribution": {
        before: deployment(),
        after: deployment({ container: { resources: [{ limits: { memory: "2048Mi" } }] } }),
        actions: ["update"],
      },
      "docker_container.store": { before: rustfs(), after: rustfs({ memory: 4096 }), actions: ["update"] },
    }),
  },
  "scaled-down": {
    violating: plan({
      "kubernetes_deployment_v1.distribution": {
        before: deployment(),
        after: deployment({ spec: { replicas: "0" } }),
        actions: ["update"],
      },
    }),
    clean: plan({
      "kubernetes_deployment_v1.distribution": {
        before: deployment(),
        after: deployment({ spec: { replicas: "4" } }),
        actions: ["update"],
      },
    }),
  },
  "service-rolled": {
    violating: plan({
      "kubernetes_deployment_v1.distribution": {
        before: deployment(),
        after: deployment({ pod: { priority_class_name: "high" } }),
        actions: ["update"],
      },
    }),
    clean: plan({
      "kubernetes_deployment_v1.distribution": {
        before: deployment(),
        after: deployment({ spec: { replicas: "3" } }),
        actions: ["update"],
      },
    }),
  },
};
