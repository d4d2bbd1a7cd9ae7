import { type Finding, type Report, type ReviewOptions, review } from "../../review";

type Values = Record<string, unknown>;

export interface ResourceSpec {
  before?: Values;
  after?: Values;
  actions?: string[];
  reason?: string;
  replacePaths?: unknown[];
  unknown?: unknown;
  beforeSensitive?: unknown;
  afterSensitive?: unknown;
  previousAddress?: string;
}

/** What Terraform would plan: nothing when both sides are equal, a replacement of containers, volumes and networks otherwise. */
export function change(address: string, spec: ResourceSpec): Values {
  const { before, after } = spec;
  const type = address.replace(/^(module\.[^.]+\.)+/, "").split(".")[0] ?? "";
  const same = JSON.stringify(before) === JSON.stringify(after);
  const usual = !before ? ["create"] : !after ? ["delete"] : same ? ["no-op"] : ["delete", "create"];
  return {
    address,
    mode: "managed",
    type,
    name: address.split(".").at(-1),
    provider_name: "registry.terraform.io/kreuzwerker/docker",
    action_reason: spec.reason,
    previous_address: spec.previousAddress,
    change: {
      actions: spec.actions ?? usual,
      before: before ?? null,
      after: after ?? null,
      after_unknown: spec.unknown ?? {},
      before_sensitive: spec.beforeSensitive ?? {},
      after_sensitive: spec.afterSensitive ?? {},
      replace_paths: spec.replacePaths,
    },
  };
}

export function plan(resources: Record<string, ResourceSpec>, more: Values = {}): Values {
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    resource_changes: Object.entries(resources).map(([address, spec]) => change(address, spec)),
    configuration: {
      provider_config: {
        docker: { full_name: "registry.terraform.io/kreuzwerker/docker", version_constraint: "4.5.0" },
      },
      root_module: {},
    },
    planned_values: {},
    complete: true,
    errored: false,
    ...more,
  };
}

export function reviewed(document: unknown, options: ReviewOptions = {}): Report {
  return review(JSON.stringify(document), { today: "2026-11-24", ...options });
}

export function found(document: unknown, rule: string, options: ReviewOptions = {}): Finding[] {
  const report = reviewed(document, options);
  if (report.problem) throw new Error(report.problem);
  return report.findings.filter((finding) => finding.rule === rule && !finding.standing);
}

export const registry = (more: Values = {}): Values => ({
  name: "reg",
  image: "registry:3.1.2@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  restart: "unless-stopped",
  must_run: true,
  destroy_grace_seconds: 15,
  env: ["REGISTRY_AUTH=htpasswd"],
  healthcheck: [{ test: ["CMD", "true"], interval: "2s" }],
  volumes: [{ volume_name: "images", container_path: "/var/lib/registry" }],
  ports: [{ internal: 5000, external: 5000, ip: "127.0.0.1", protocol: "tcp" }],
  ...more,
});

export const rustfs = (more: Values = {}): Values => ({
  name: "store",
  image: "rustfs/rustfs:1.0.1@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  restart: "unless-stopped",
  must_run: true,
  destroy_grace_seconds: 40,
  memory: 2048,
  healthcheck: [{ test: ["CMD", "true"], interval: "2s" }],
  volumes: [{ volume_name: "data", container_path: "/data" }],
  ...more,
});

export const job = (more: Values = {}): Values => ({
  name: "bucket",
  image: "rustfs/rustfs:1.0.1",
  must_run: false,
  attach: true,
  restart: "no",
  entrypoint: ["/bin/sh", "-c"],
  command: ["mc mb --ignore-existing s3/images"],
  ...more,
});

export const volume = (name: string, more: Values = {}): Values => ({ name, driver: "local", labels: [], ...more });
