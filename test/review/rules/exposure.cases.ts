import { plan, registry, rustfs } from "../builder";
import { deployment, networkPolicy, peer, statefulSet } from "../kubernetes";
import type { Cases } from "./cases";

const port = (internal: number, ip: string) => ({ ports: [{ internal, external: internal, ip, protocol: "tcp" }] });
const rights = (triggers: Record<string, string>) => ({ id: "1", triggers });
const users = (content: string) => ({ name: "users", must_run: false, upload: [{ file: "/in/htpasswd", content }] });
const hash = (letter: string) => `$2y$05$${letter.repeat(53)}`;
const TLS = ["REGISTRY_AUTH=htpasswd", "REGISTRY_HTTP_TLS_CERTIFICATE=/certs/a.pem"];

const stays = (values: Record<string, unknown>) => ({ before: values, after: values });

export const exposureCases: Cases = {
  "port-widened": {
    violating: plan({
      "docker_container.reg": { before: registry(port(5000, "127.0.0.1")), after: registry(port(5000, "0.0.0.0")) },
    }),
    clean: plan({
      "docker_container.reg": { before: registry(port(5000, "0.0.0.0")), after: registry(port(5000, "127.0.0.1")) },
    }),
  },
  "storage-published": {
    violating: plan({ "docker_container.store": { after: rustfs(port(9000, "0.0.0.0")) } }),
    clean: plan({ "docker_container.store": { after: rustfs(port(9000, "127.0.0.1")) } }),
  },
  "debug-port-published": {
    violating: plan({ "docker_container.reg": { after: registry(port(5001, "0.0.0.0")) } }),
    clean: plan({ "docker_container.reg": { after: registry(port(5000, "0.0.0.0")) } }),
  },
  "docker-socket-mounted": {
    violating: plan({
      "docker_container.proxy": {
        after: {
          name: "proxy",
          image: "traefik:3.6",
          mounts: [{ type: "bind", source: "/var/run/docker.sock", target: "/d.sock" }],
        },
      },
    }),
    clean: plan({ "docker_container.proxy": { after: { name: "proxy", image: "traefik:3.6" } } }),
  },
  "privileged-container": {
    violating: plan({ "docker_container.reg": { after: registry({ privileged: true }) } }),
    clean: plan({ "docker_container.reg": { after: registry({ privileged: false }) } }),
  },
  "host-network": {
    violating: plan({ "docker_container.reg": { after: registry({ network_mode: "host" }) } }),
    clean: plan({ "docker_container.reg": { after: registry({ network_mode: "bridge" }) } }),
  },
  "registry-without-tls": {
    violating: plan({
      "docker_container.reg": { before: registry({ env: TLS }), after: registry({ env: ["REGISTRY_AUTH=htpasswd"] }) },
    }),
    clean: plan({ "docker_container.reg": { after: registry({ env: TLS, ...port(5000, "0.0.0.0") }) } }),
  },
  "tls-weakened": {
    violating: plan({
      "docker_container.reg": {
        before: registry({ env: TLS }),
        after: registry({ env: [...TLS, "REGISTRY_HTTP_TLS_MINIMUMTLS=tls1.0"] }),
      },
    }),
    clean: plan({
      "docker_container.reg": {
        before: registry({ env: TLS }),
        after: registry({ env: [...TLS, "REGISTRY_HTTP_TLS_MINIMUMTLS=tls1.3"] }),
      },
    }),
  },
  "registry-without-auth": {
    violating: plan({
      "docker_container.reg": { before: registry(), after: registry({ env: ["REGISTRY_LOG_LEVEL=info"] }) },
    }),
    clean: plan({ "docker_container.reg": { before: registry(), after: registry({ env: ["REGISTRY_AUTH=token"] }) } }),
  },
  "network-opened": {
    violating: plan({
      "docker_network.storage": {
        before: { name: "storage", internal: true },
        after: { name: "storage", internal: false },
      },
    }),
    clean: plan({
      "docker_network.storage": {
        before: { name: "storage", internal: false },
        after: { name: "storage", internal: true },
      },
    }),
  },
  "storage-network-open": {
    violating: plan({
      "docker_network.n": { after: { name: "n", internal: false } },
      "docker_container.store": { after: rustfs({ networks_advanced: [{ name: "n" }] }) },
    }),
    clean: plan({
      "docker_network.n": { after: { name: "n", internal: true } },
      "docker_container.store": { after: rustfs({ networks_advanced: [{ name: "n" }] }) },
    }),
  },
  "rights-removed": {
    violating: plan({
      "docker_container.reg": {
        before: registry({ env: ["REGISTRY_AUTH_TOKEN_REALM=https://r/auth"] }),
        after: registry({ env: ["REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd"] }),
      },
    }),
    clean: plan({
      "docker_container.reg": {
        before: registry({ env: ["REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd"] }),
        after: registry({ env: ["REGISTRY_AUTH_TOKEN_REALM=https://r/auth"] }),
      },
    }),
  },
  "rights-widened": {
    violating: plan({
      "null_resource.rights": {
        before: rights({ "team/** for alice": "pull" }),
        after: rights({ "team/** for alice": "pull, push", "public/** for anyone": "pull" }),
      },
    }),
    clean: plan({
      "null_resource.rights": {
        before: rights({ "team/** for alice": "pull, push", "public/** for anyone": "pull" }),
        after: rights({ "team/** for alice": "pull" }),
      },
      "null_resource.other": {
        before: { id: "2", triggers: { "log for x": "a" } },
        after: { id: "2", triggers: { "log for x": "b" } },
      },
    }),
  },
  "users-changed": {
    violating: plan({
      "docker_container.users": {
        before: users(`alice:${hash("a")}`),
        after: users(`alice:${hash("a")}\nbob:${hash("b")}`),
      },
    }),
    clean: plan({
      "docker_container.users": { before: users(`alice:${hash("a")}`), after: users(`# team\nalice:${hash("a")}\n`) },
    }),
  },
  "network-policy-weakened": {
    violating: plan({
      "kubernetes_stateful_set_v1.rustfs": stays(statefulSet()),
      "kubernetes_network_policy_v1.rustfs": {
        before: networkPolicy([peer("prod-registry")]),
        after: networkPolicy([peer("prod-registry"), peer("shop")]),
        actions: ["update"],
      },
    }),
    clean: plan({
      "kubernetes_stateful_set_v1.rustfs": stays(statefulSet()),
      "kubernetes_network_policy_v1.rustfs": {
        before: networkPolicy([peer("prod-registry"), peer("shop")]),
        after: networkPolicy([peer("prod-registry")]),
        actions: ["update"],
      },
      "kubernetes_network_policy_v1.gone": {
        before: networkPolicy([], { pod_selector: [{ match_labels: { app: "gone" } }] }),
      },
    }),
  },
  "pod-security-weakened": {
    violating: plan({
      "kubernetes_deployment_v1.distribution": {
        before: deployment(),
        after: deployment({ pod: { automount_service_account_token: true } }),
        actions: ["update"],
      },
    }),
    clean: plan({
      "kubernetes_deployment_v1.distribution": {
        before: deployment({ pod: { automount_service_account_token: true, host_pid: true } }),
        after: deployment(),
        actions: ["update"],
      },
      "kubernetes_deployment_v1.foreign": {
        after: deployment({ name: "foreign", container: { security_context: [] } }),
      },
    }),
  },
};
