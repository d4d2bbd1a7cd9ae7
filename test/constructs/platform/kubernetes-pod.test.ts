import { describe, expect, test } from "vitest";
import { podTemplate } from "../../../constructs/platform/kubernetes-pod";
import { built, containerOf, type Json, objects, pods, workloads } from "./kubernetes-stack";

const stack = built();
const specOf = (workload: Json) => workload.spec.template.spec;
const registry = objects(stack, "deployment")["lab-registry"];
const rustfs = objects(stack, "stateful_set")["lab-rustfs"];
const job = objects(stack, "job")["lab-bucket-init"];

describe("a pod", () => {
  test("runs as a user of its own, who has no rights and whom its data belongs to", () => {
    for (const { spec } of pods(stack)) {
      expect(spec.security_context).toEqual({
        ...{ run_as_non_root: true, run_as_user: "10001", run_as_group: "10001", fs_group: "10001" },
        fs_group_change_policy: "OnRootMismatch",
        seccomp_profile: { type: "RuntimeDefault" },
      });
      expect(spec.container).toHaveLength(1);
      expect(spec.container[0].security_context).toEqual({
        ...{ allow_privilege_escalation: false, privileged: false, read_only_root_filesystem: false },
        run_as_non_root: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  test("is ready when its program says so, and is never started again for being slow", () => {
    const probe = (workload: Json) => containerOf(workload).readiness_probe;
    expect(probe(registry)).toMatchObject({
      exec: { command: ["wget", "-Y", "off", "-q", "-O", "/dev/null", "http://127.0.0.1:5001/debug/health"] },
      ...{ period_seconds: 5, timeout_seconds: 5, failure_threshold: 3, success_threshold: 1 },
    });
    expect(probe(rustfs).exec.command.join(" ")).toContain("rustfs-health.sh");
    expect(probe(job)).toBeUndefined();
    for (const one of workloads(stack))
      expect(containerOf(one).liveness_probe ?? containerOf(one).startup_probe).toBeUndefined();
  });

  test("that serves is always started again; a job says what is wrong, and ends", () => {
    for (const one of workloads(stack)) expect(specOf(one).restart_policy).toBe(one === job ? "Never" : "Always");
    expect(specOf(job).termination_grace_period_seconds).toBeUndefined();
    expect(containerOf(job).lifecycle).toBeUndefined();
  });

  test("gets the memory that it may take, so that a full node does not end it first", () => {
    for (const workload of [registry, rustfs, objects(stack, "deployment")["lab-purger"]]) {
      const { limits, requests } = containerOf(workload).resources;
      expect(limits.memory).toMatch(/^\d+Mi$/);
      expect(requests).toEqual({ memory: limits.memory, cpu: "100m" });
    }
    expect(containerOf(job).resources).toEqual({ requests: { cpu: "50m", memory: "64Mi" } });
  });

  test.each([
    [2, "2", "100m"],
    [0.25, "250m", "100m"],
    [0.05, "50m", "50m"],
  ])("that may take %s processors is promised no more than it may take", (cpus, limit, request) => {
    const { resources } = containerOf(objects(built({}, { registry: { cpus } }), "deployment")["lab-registry"]);
    expect([resources.limits.cpu, resources.requests.cpu]).toEqual([limit, request]);
  });

  test("of several is on a node of its own, of those that take it: one with data must be, a registry if it can", () => {
    const spread = (workload: Json) => specOf(workload).topology_spread_constraint;
    const on = (name: string, when: string) => [
      {
        ...{ max_skew: 1, topology_key: "kubernetes.io/hostname", when_unsatisfiable: when },
        node_taints_policy: "Honor",
        label_selector: [{ match_labels: { "app.kubernetes.io/name": name } }],
      },
    ];
    expect(spread(registry)).toEqual(on("lab-registry", "ScheduleAnyway"));
    expect(spread(rustfs)).toEqual(on("lab-rustfs", "DoNotSchedule"));
    expect(spread(objects(stack, "deployment")["lab-purger"])).toBeUndefined();
    expect(spread(job)).toBeUndefined();
  });

  test("is called by what it is, of an image by its digest that a node need not ask for again", () => {
    for (const one of workloads(stack)) {
      const container = containerOf(one);
      expect(container.name).toBe(one.metadata.labels["app.kubernetes.io/component"]);
      expect(container.image).toMatch(/@sha256:[0-9a-f]{64}$/);
      expect(container.image_pull_policy).toBe("IfNotPresent");
    }
    expect(containerOf(registry).port).toEqual([{ container_port: 5000, protocol: "TCP" }]);
    expect(containerOf(rustfs).port).toEqual([{ container_port: 9000, protocol: "TCP" }]);
  });

  test("has a writable directory wherever its program writes, and mounts every volume that it has", () => {
    for (const one of workloads(stack)) {
      const { volume = [], container } = specOf(one);
      const templates = (one.spec.volume_claim_template ?? []).map(({ metadata }: Json) => metadata.name);
      const mounted = container[0].volume_mount.map(({ name }: Json) => name);
      expect(mounted.toSorted()).toEqual([...volume.map(({ name }: Json) => name), ...templates].sort());
    }
    const scratch = specOf(registry).volume.filter((one: Json) => one.empty_dir !== undefined);
    expect(scratch.length).toBeGreaterThan(0);
  });
});

test("programs get their words, and variables their values, as they were given", () => {
  const text = "$(HOME) $$ ${x}";
  const spec = {
    ...{ name: "lab-x", component: "x", image: "x" },
    ...{ entrypoint: [text], command: [text], environment: { A: text, B: "$(POD_NAME)" } },
    health: { command: [text] },
  };
  const files = { volumes: [], mounts: [], resources: [] };
  const context = { files, volumes: [], mounts: [], serviceAccount: "lab", copies: 1 };
  const [container] = podTemplate(spec as never, context).spec.container as Json[];
  // Kubernetes reads `$$(` as `$(`, and `$$$` as `$$`; Terraform reads `$${` as `${`.
  const given = "$$(HOME) $$$ $${x}";
  expect([container.command, container.args, container.readinessProbe.exec.command]).toEqual([
    [given],
    [given],
    [given],
  ]);
  expect(container.env).toEqual([
    expect.objectContaining({ name: "POD_NAME" }),
    { name: "A", value: given },
    { name: "B", value: "$(POD_NAME)" },
  ]);
});
