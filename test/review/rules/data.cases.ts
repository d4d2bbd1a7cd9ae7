import { job, plan, registry, rustfs, volume } from "../builder";
import { claim, deployment, statefulSet } from "../kubernetes";
import type { Cases } from "./cases";

const stays = (values: Record<string, unknown>) => ({ before: values, after: values });
const acme = { volumes: [{ volume_name: "acme", container_path: "/acme" }] };
const s3 = (bucket: string) => [
  "REGISTRY_AUTH=htpasswd",
  "REGISTRY_STORAGE=s3",
  `REGISTRY_STORAGE_S3_BUCKET=${bucket}`,
];

export const dataCases: Cases = {
  "data-volume-destroyed": {
    violating: plan({
      "docker_volume.data": { before: volume("data") },
      "docker_container.store": { before: rustfs() },
    }),
    clean: plan({
      "docker_volume.cache": { before: volume("cache") },
      "docker_container.web": {
        before: {
          name: "web",
          image: "nginx:1.29.3",
          volumes: [{ volume_name: "cache", container_path: "/var/cache/nginx" }],
        },
      },
      "docker_volume.nas": {
        before: volume("nas", { driver_opts: { type: "nfs", o: "addr=10.0.0.5", device: ":/export" } }),
      },
      "docker_volume.figures": { before: volume("figures") },
      "docker_container.prometheus": {
        before: {
          name: "lab-prometheus",
          image: "prom/prometheus:v3.15.0",
          labels: [{ label: "dev.private-registry.component", value: "prometheus" }],
          volumes: [{ volume_name: "figures", container_path: "/prometheus" }],
        },
      },
      "docker_volume.forgotten": { before: volume("kept"), actions: ["forget"] },
    }),
  },
  "data-volume-replaced": {
    violating: plan({
      "docker_volume.data": { before: volume("data"), after: volume("data2"), replacePaths: [["name"]] },
      "docker_container.store": stays(rustfs()),
    }),
    clean: plan({ "docker_volume.data": stays(volume("data")), "docker_container.store": stays(rustfs()) }),
  },
  "data-volume-moved": {
    violating: plan({
      "docker_volume.old": { before: volume("data"), reason: "delete_because_no_resource_config" },
      "docker_volume.new": { after: volume("data") },
      "docker_container.store": stays(rustfs()),
    }),
    clean: plan({ "docker_volume.new": { ...stays(volume("data")), previousAddress: "docker_volume.old" } }),
  },
  "unkept-data-destroyed": {
    violating: plan({
      "docker_container.reg": {
        before: registry({ volumes: [] }),
        after: registry({ volumes: [], command: ["serve"] }),
      },
    }),
    clean: plan({
      "docker_container.reg": {
        before: registry({ volumes: [], env: s3("images") }),
        after: registry({ volumes: [], env: s3("images"), command: ["serve"] }),
      },
      "docker_container.store": { before: rustfs(), after: rustfs({ command: ["x"] }) },
    }),
  },
  "data-directory-changed": {
    violating: plan({
      "docker_container.store": {
        before: rustfs(),
        after: rustfs({ volumes: [{ host_path: "/srv/data", container_path: "/data" }] }),
      },
    }),
    clean: plan({
      "docker_container.store": { before: rustfs(), after: rustfs({ memory: 4096, env: ["A=b"] }) },
      "docker_container.web": {
        before: {
          name: "web",
          image: "nginx:1",
          volumes: [{ host_path: "/srv/a.conf", container_path: "/etc/nginx/a.conf" }],
        },
        after: {
          name: "web",
          image: "nginx:1",
          volumes: [{ host_path: "/srv/b.conf", container_path: "/etc/nginx/a.conf" }],
        },
      },
    }),
  },
  "storage-location-changed": {
    violating: plan({
      "docker_container.reg": { before: registry({ env: s3("images") }), after: registry({ env: s3("other") }) },
    }),
    clean: plan({
      "docker_container.reg": {
        before: registry({ env: s3("images") }),
        after: registry({ env: [...s3("images"), "REGISTRY_STORAGE_S3_CHUNKSIZE=33554432"] }),
      },
    }),
  },
  "bucket-job-deletes": {
    violating: plan({
      "docker_container.store": stays(rustfs()),
      "docker_container.bucket": {
        before: job(),
        after: job({ command: ["mc alias set s3 http://store:9000; mc rb --force s3/images; mc mb s3/images"] }),
      },
    }),
    clean: plan({
      "docker_container.store": stays(rustfs()),
      "docker_container.bucket": { before: job(), after: job({ command: ["mc mb --ignore-existing s3/images2"] }) },
    }),
  },
  "bucket-destroyed": {
    violating: plan({ "minio_s3_bucket.images": { before: { bucket: "images", force_destroy: true } } }),
    clean: plan({ "minio_s3_bucket.images": stays({ bucket: "images", force_destroy: true }) }),
  },
  "data-not-kept": {
    violating: plan({ "docker_container.reg": { after: registry({ volumes: [] }) } }),
    clean: plan({ "docker_container.reg": { after: registry() } }),
  },
  "data-volume-unprotected": {
    violating: { resource: { docker_volume: { data: { name: "data" } } } },
    clean: { resource: { docker_volume: { data: { name: "data", lifecycle: { prevent_destroy: true } } } } },
  },
  "certificate-cache-lost": {
    violating: plan({
      "docker_volume.acme": { before: volume("acme"), after: volume("acme2"), replacePaths: [["name"]] },
      "docker_container.reg": { before: registry(acme), after: registry(acme) },
    }),
    clean: plan({ "docker_volume.acme": stays(volume("acme")), "docker_container.reg": stays(registry(acme)) }),
  },
  "certificate-cache-not-kept": {
    violating: plan({
      "docker_container.reg": { after: registry({ env: ["REGISTRY_HTTP_TLS_LETSENCRYPT_CACHEFILE=/acme"] }) },
    }),
    clean: plan({
      "docker_container.reg": { after: registry({ env: ["REGISTRY_HTTP_TLS_LETSENCRYPT_CACHEFILE=/acme"], ...acme }) },
    }),
  },
  "client-deletes-enabled": {
    violating: plan({
      "docker_container.reg": {
        before: registry(),
        after: registry({ env: ["REGISTRY_STORAGE_DELETE_ENABLED=true"] }),
      },
    }),
    clean: plan({ "docker_container.reg": stays(registry({ env: ["REGISTRY_STORAGE_DELETE_ENABLED=true"] })) }),
  },
  "destroy-everything": {
    violating: plan({
      "docker_volume.data": { before: volume("data") },
      "docker_container.store": { before: rustfs() },
    }),
    clean: plan({ "docker_volume.data": { before: volume("data") }, "docker_container.store": stays(rustfs()) }),
  },
  "volume-labelled": {
    violating: plan({
      "docker_volume.data": { after: volume("data", { labels: [{ label: "version", value: "1" }] }) },
    }),
    clean: plan({ "docker_volume.data": { after: volume("data") } }),
  },
  "volume-rebuilt": {
    violating: plan({
      "docker_volume.nas": {
        before: volume("nas", { driver_opts: { type: "none", o: "bind", device: "/srv/images" } }),
      },
    }),
    clean: plan({ "docker_volume.data": { before: volume("data") } }),
  },
  "claim-grown": {
    violating: plan({
      "kubernetes_persistent_volume_claim_v1.data": {
        before: claim("data-prod-rustfs-0", "20Gi"),
        after: claim("data-prod-rustfs-0", "40Gi"),
        actions: ["update"],
      },
    }),
    clean: plan({
      "kubernetes_persistent_volume_claim_v1.data": {
        before: claim("data-prod-rustfs-0", "1Gi"),
        after: claim("data-prod-rustfs-0", "1024Mi"),
        actions: ["update"],
      },
    }),
  },
  "claims-go-with-set": {
    violating: plan({
      "kubernetes_stateful_set_v1.rustfs": {
        before: statefulSet({ spec: { persistent_volume_claim_retention_policy: [{ when_deleted: "Delete" }] } }),
        after: statefulSet({ spec: { service_name: "other" } }),
      },
    }),
    clean: plan({
      "kubernetes_stateful_set_v1.rustfs": {
        before: statefulSet({ spec: { persistent_volume_claim_retention_policy: [{ when_deleted: "Retain" }] } }),
        after: statefulSet({ spec: { service_name: "other" } }),
      },
    }),
  },
  "namespace-destroyed": {
    violating: plan({
      "kubernetes_namespace_v1.prod": { before: { metadata: [{ name: "prod" }] } },
      "kubernetes_deployment_v1.distribution": stays(deployment()),
    }),
    clean: plan({
      "kubernetes_namespace_v1.prod": {
        before: { metadata: [{ name: "prod", labels: {} }] },
        after: { metadata: [{ name: "prod", labels: { a: "b" } }] },
        actions: ["update"],
      },
      "kubernetes_namespace_v1.kept": { before: { metadata: [{ name: "kept" }] }, actions: ["forget"] },
    }),
  },
  "platform-changed": {
    violating: plan({
      "docker_container.distribution": { before: registry() },
      "kubernetes_deployment_v1.distribution": { after: deployment() },
    }),
    // A second registry beside the first one, and a registry that only goes.
    clean: plan({
      "docker_container.distribution": stays(registry()),
      "docker_container.other": { before: registry({ name: "other" }) },
      "kubernetes_deployment_v1.distribution": { after: deployment() },
    }),
  },
  "storage-nodes-changed": {
    violating: plan({
      "kubernetes_stateful_set_v1.rustfs": {
        before: statefulSet(),
        after: statefulSet({ spec: { replicas: "1" } }),
        actions: ["update"],
      },
    }),
    clean: plan({
      "kubernetes_stateful_set_v1.rustfs": {
        before: statefulSet(),
        after: statefulSet({ spec: { replicas: "0" } }),
        actions: ["update"],
      },
      "kubernetes_deployment_v1.distribution": {
        before: deployment(),
        after: deployment({ spec: { replicas: "3" } }),
        actions: ["update"],
      },
    }),
  },
};
