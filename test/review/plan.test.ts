import { describe, expect, test } from "vitest";
import { review } from "../../review";
import { change, found, plan, registry, reviewed, volume } from "./builder";

describe("what cannot be reviewed says why, with exit code 1", () => {
  test.each([
    ["", "the file is empty; `terraform show -json plan > plan.json` writes one"],
    ["PK\u0003\u0004", "this is a plan file, not its JSON; run `terraform show -json plan`"],
    ["password=hunter2", "this is not JSON; `terraform show -json plan` writes it"],
    [
      "[]",
      "this is no plan: it has no `format_version`; make one with `terraform plan -out=plan` and `terraform show -json plan`",
    ],
    [
      "null",
      "this is no plan: it has no `format_version`; make one with `terraform plan -out=plan` and `terraform show -json plan`",
    ],
    [
      '{"version":4,"serial":1,"lineage":"x"}',
      "this is a Terraform state, not a plan; make one with `terraform plan -out=plan` and `terraform show -json plan`",
    ],
    [
      '{"format_version":"1.0","values":{}}',
      "this is a state, not a plan: `terraform show -json` was given no plan file",
    ],
    ['{"format_version":"1.2"}', "this is no plan: it has neither `resource_changes` nor `planned_values`"],
    [
      '{"format_version":"2.0","resource_changes":[]}',
      "plan format 2.0 is not known here, only 1.x; a newer version of this tool may read it",
    ],
  ])("%s", (json, problem) => {
    expect(review(json)).toMatchObject({ problem, exitCode: 1, headline: "✗ not reviewed", findings: [] });
  });

  test("a plan that failed, with the conditions that it names", () => {
    const instances = [{ problems: [{ message: "too short" }] }];
    const checks = [{ address: { to_display: "docker_volume.a" }, status: "fail", instances }];
    expect(reviewed(plan({}, { errored: true, checks })).problem).toBe(
      "planning failed, nothing can be applied. docker_volume.a: too short",
    );
    expect(reviewed(plan({}, { errored: true })).problem).toContain("run `terraform plan` and read its error");
  });
});

describe("what can", () => {
  test("a plan without changes, with a byte order mark", () => {
    expect(review(`\uFEFF${JSON.stringify(plan({}))}`)).toMatchObject({ exitCode: 0, headline: "✓ no changes" });
  });

  test("an empty first plan has no `resource_changes` at all", () => {
    expect(reviewed({ format_version: "1.2", planned_values: { root_module: {} } })).toMatchObject({
      exitCode: 0,
      headline: "✓ no changes",
    });
  });

  test("a later 1.x format with keys and actions that nobody knows yet", () => {
    const document = plan(
      { "docker_volume.a": { after: volume("a"), actions: ["hug"] } },
      { format_version: "1.99", action_invocations: [{}] },
    );
    expect(reviewed(document)).toMatchObject({ exitCode: 0, headline: "✓ no changes" });
  });

  // OpenTofu 1.12: another registry's name, `1.2`, no `applyable` and `complete`.
  test("OpenTofu's plan", () => {
    const document = plan({ "docker_volume.a": { before: volume("a"), after: volume("b"), replacePaths: [["name"]] } });
    document.complete = undefined;
    const configuration = {
      provider_config: {
        docker: { full_name: "registry.opentofu.org/kreuzwerker/docker", version_constraint: "4.5.0" },
      },
    };
    expect(reviewed({ ...document, configuration, terraform_version: "1.12.6" }).headline).toBe("✗ data loss: 1");
  });

  test("data sources and reads are no changes", () => {
    const data = { ...change("data.docker_network.n", { after: { name: "n" }, actions: ["read"] }), mode: "data" };
    expect(reviewed({ ...plan({}), resource_changes: [data] }).headline).toBe("✓ no changes");
  });

  test("create before destroy, forget and create, moved and imported", () => {
    const document = plan({
      "docker_volume.a": { before: volume("a"), after: volume("b"), actions: ["create", "delete"] },
      "docker_volume.c": { before: volume("c"), after: volume("c", { driver: "x" }), actions: ["create", "forget"] },
    });
    expect(reviewed(document).changes.map(({ action, createFirst }) => [action, createFirst])).toEqual([
      ["replace", true],
      ["replace", true],
    ]);
  });
});

describe("noise", () => {
  test("null and zero values are one, and what is computed is no change", () => {
    const before = registry({
      dns: [],
      cpu_shares: 0,
      privileged: false,
      network_data: [{ ip: "1" }],
      id: "x",
      ipc_mode: "private",
      user: "app",
    });
    const after = registry({ dns: null, cpu_shares: null, privileged: null, env: ["REGISTRY_AUTH=token"] });
    const document = plan({
      "docker_container.reg": {
        before,
        after,
        unknown: { id: true, network_data: true, ipc_mode: true },
        replacePaths: [["env"]],
      },
    });
    expect(reviewed(document).changes[0]?.attributes).toEqual([
      { path: "env.REGISTRY_AUTH", before: "htpasswd", after: "token", forcesReplacement: true },
    ]);
  });

  test("members of sets are compared by what they are, not by their place", () => {
    const ports = [
      { internal: 1, external: 1 },
      { internal: 2, external: 2 },
    ];
    const document = plan({
      "docker_container.reg": { before: registry({ ports }), after: registry({ ports: [...ports].reverse() }) },
    });
    expect(reviewed(document).changes[0]?.attributes).toEqual([]);
  });
});

describe("modules", () => {
  test("an image that comes in through a variable is known by its name", () => {
    const reference = { references: ["docker_image.r.image_id", "docker_image.r"] };
    const inner = {
      resources: [{ address: "docker_container.c", expressions: { image: { references: ["var.image"] } } }],
    };
    const configuration = {
      root_module: { module_calls: { m: { expressions: { image: reference }, module: inner } } },
    };
    const container = registry({ volumes: [], image: undefined });
    const document = plan(
      {
        "docker_image.r": { after: { name: "registry:3.1.2" } },
        'module.m["eu"].docker_container.c': { after: container, unknown: { image: true } },
      },
      { configuration },
    );
    expect(found(document, "data-not-kept")).toHaveLength(1);
  });
});
