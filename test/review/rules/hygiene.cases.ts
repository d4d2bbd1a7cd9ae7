import { job, plan, registry, volume } from "../builder";
import type { Cases } from "./cases";

const declared = (provisioners: object[]) => ({
  configuration: {
    root_module: {
      resources: [
        { address: "docker_container.bucket", expressions: { name: { constant_value: "bucket" } }, provisioners },
      ],
    },
  },
});
const provider = (constraint: string) => ({
  configuration: {
    provider_config: {
      docker: { full_name: "registry.terraform.io/kreuzwerker/docker", version_constraint: constraint },
    },
  },
});
const check = (status: string) => ({
  checks: [{ address: { to_display: "check.users" }, status, instances: [{ problems: [{ message: "no users" }] }] }],
});
const accept = (until: string) =>
  `acknowledge:\n  - rule: image-unpinned\n    address: docker_container.*\n    reason: the lab has no digests\n    until: ${until}\n`;
const memory = { name: "reg", memory: 512 };

export const hygieneCases: Cases = {
  "job-exit-unchecked": {
    violating: plan({ "docker_container.bucket": { after: job() } }, declared([])),
    clean: plan({ "docker_container.bucket": { after: job() } }, declared([{ type: "local-exec" }])),
  },
  "provider-deletes-stopped": {
    violating: plan({ "docker_container.reg": { after: registry() } }, provider("3.6.2")),
    clean: plan({ "docker_container.reg": { after: registry() } }, provider("~> 4.5")),
  },
  "debug-logging": {
    violating: plan({
      "docker_container.reg": { after: registry({ env: ["REGISTRY_AUTH=x", "REGISTRY_LOG_LEVEL=debug"] }) },
    }),
    clean: plan({
      "docker_container.reg": { after: registry({ env: ["REGISTRY_AUTH=x", "REGISTRY_LOG_LEVEL=warn"] }) },
    }),
  },
  "check-failed": { violating: plan({}, check("fail")), clean: plan({}, check("pass")) },
  "partial-plan": { violating: plan({}, { complete: false }), clean: plan({}) },
  "compose-hidden": {
    violating: plan({ "docker_compose.all": { after: { config_paths: ["compose.yaml"] } } }),
    clean: plan({ "docker_container.reg": { after: registry() } }),
  },
  "plans-every-time": {
    violating: plan({
      "docker_container.reg": {
        before: { ...memory, memory_swap: 1024 },
        after: { ...memory, memory_swap: null },
        actions: ["update"],
      },
    }),
    clean: plan({
      "docker_container.reg": {
        before: { ...memory, memory_swap: 1024 },
        after: { ...memory, memory_swap: 2048 },
        actions: ["update"],
      },
    }),
  },
  "address-moved": {
    violating: plan({
      "docker_volume.new": { before: volume("data"), after: volume("data"), previousAddress: "docker_volume.old" },
    }),
    clean: plan({ "docker_volume.new": { before: volume("data"), after: volume("data") } }),
  },
  forgotten: {
    violating: plan({ "docker_volume.data": { before: volume("data"), actions: ["forget"] } }),
    clean: plan({ "docker_volume.data": { before: volume("data") } }),
  },
  "acknowledgement-expired": {
    violating: plan({ "docker_container.reg": { after: registry({ image: "registry:3.1.2" }) } }),
    clean: plan({}),
    policy: accept("2026-11-23"),
  },
  "acknowledgement-unused": {
    violating: plan({}),
    clean: plan({ "docker_container.reg": { after: registry({ image: "registry:3.1.2" }) } }),
    policy: accept("2026-11-24"),
  },
};
