import { describe, expect, test } from "vitest";
import { countsText, summarizePlan } from "../../operations/plan-summary";
import type { PlanJson, ResourceChange } from "../../plan/plan-json";

type Change = ResourceChange["change"];

function change(
  address: string,
  actions: string[],
  rest: Partial<Change> & { action_reason?: string } = {},
): ResourceChange {
  const [type = "", name = ""] = address.split(".");
  const { action_reason, ...values } = rest;
  return { address, type, name, action_reason, change: { actions, before: null, after: null, ...values } };
}

const summarize = (...resource_changes: ResourceChange[]) => summarizePlan({ resource_changes }, {});

describe("summarizePlan", () => {
  test("counts, and leaves out what stays", () => {
    const summary = summarize(
      change("docker_network.edge", ["create"]),
      change("docker_container.rustfs", ["update"]),
      change("docker_container.distribution", ["delete", "create"]),
      change("docker_image.old", ["delete"]),
      change("docker_volume.x", ["no-op"]),
    );
    expect(countsText(summary)).toBe("1 to add, 1 to change, 1 to replace, 1 to destroy");
    expect(summary.changes).toHaveLength(4);
  });

  test("no changes, or only outputs", () => {
    expect(countsText(summarizePlan({}, {}))).toBe("no changes");
    expect(countsText(summarizePlan({ output_changes: { url: { actions: ["update"] } } }, {}))).toBe(
      "only outputs change",
    );
  });

  test("shows which settings of the registry change", () => {
    const before = { triggers_replace: { "log.level": "info", "http.addr": ":5000" } };
    const after = {
      triggers_replace: { "log.level": "debug", "http.addr": ":5000", "storage.maintenance.readonly.enabled": "true" },
    };
    const [one] = summarize(
      change("terraform_data.distribution_config", ["delete", "create"], { before, after }),
    ).changes;
    expect(one?.settings).toEqual([
      { key: "log.level", before: "info", after: "debug" },
      { key: "storage.maintenance.readonly.enabled", before: undefined, after: "true" },
    ]);
  });

  test("names changed files, never what is in them", () => {
    const upload = (content: string) => [
      { file: "/etc/a", content },
      { file: "/etc/b", content: "same" },
    ];
    const summary = summarize(
      change("docker_container.distribution", ["delete", "create"], {
        action_reason: "replace_because_cannot_update",
        before: { upload: upload("secret-before") },
        after: { upload: upload("secret-after") },
        replace_paths: [["upload"]],
      }),
    );
    expect(summary.changes[0]).toMatchObject({ settings: [{ key: "file /etc/a" }], cause: undefined });
    expect(JSON.stringify(summary)).not.toMatch(/secret-/);
  });

  test("tells no value that is marked sensitive", () => {
    const summary = summarize(
      change("docker_container.rustfs", ["update"], {
        before: { env: ["A=hidden"] },
        after: { env: ["A=hidden too"] },
        after_sensitive: { env: true },
      }),
    );
    expect(summary.changes[0]?.settings).toEqual([{ key: "env" }]);
  });

  test("shows what of a list comes and goes", () => {
    const summary = summarize(
      change("docker_container.rustfs", ["update"], {
        before: { env: ["A=1", "B=2"] },
        after: { env: ["A=1", "B=3"] },
      }),
    );
    expect(summary.changes[0]?.settings).toEqual([{ key: "env", before: "B=2", after: "B=3" }]);
  });

  test("leaves out what the provider fills in, and what is known at the apply only", () => {
    const before = { dns: [], memory_swap: 0, user: "", id: "x" };
    const after = { dns: null, memory_swap: null, user: null };
    const summary = summarize(
      change("docker_container.rustfs", ["update"], { before, after, after_unknown: { id: true } }),
    );
    expect(summary.changes[0]?.settings).toEqual([]);
  });

  test.each([
    [{ action_reason: "replace_because_tainted" }, "its last creation failed"],
    [{ action_reason: "replace_by_request" }, "it was asked for with -replace"],
    [
      { action_reason: "replace_because_cannot_update", replace_paths: [["image"]] },
      "another image, known at the apply",
    ],
  ])("says why: %j", (rest, cause) => {
    expect(summarize(change("docker_container.rustfs", ["delete", "create"], rest)).changes[0]?.cause).toBe(cause);
  });

  test("says what something is replaced together with", () => {
    const plan: PlanJson = {
      resource_changes: [
        change("docker_container.bucket_init", ["delete", "create"], { action_reason: "replace_by_triggers" }),
      ],
    };
    const { changes } = summarizePlan(plan, { "docker_container.bucket_init": ["docker_container.rustfs"] });
    expect(changes[0]?.cause).toBe("together with docker_container.rustfs");
  });

  test("puts lost data first; the users' volume is made anew and none", () => {
    const summary = summarize(
      change("docker_container.rustfs", ["delete"]),
      change("docker_volume.htpasswd_file_volume", ["delete"]),
      change("docker_volume.rustfs_data", ["delete", "create"]),
    );
    expect(summary.changes.map(({ address, losesData }) => [address, losesData])).toEqual([
      ["docker_volume.rustfs_data", true],
      ["docker_container.rustfs", false],
      ["docker_volume.htpasswd_file_volume", false],
    ]);
  });

  test("takes for drift what somebody changed, not what the provider reads back", () => {
    const nothing = change("docker_network.edge", ["update"], {
      before: { ipam_options: null },
      after: { ipam_options: {} },
    });
    const address = change("docker_container.a", ["update"], {
      before: { network_data: [1] },
      after: { network_data: [2] },
    });
    const stopped = change("docker_container.b", ["update"], {
      before: { must_run: true },
      after: { must_run: false },
    });
    const deleted = change("docker_container.c", ["delete"], { before: { name: "c" } });
    expect(summarizePlan({ resource_drift: [nothing, address, stopped, deleted] }, {}).drift).toEqual([
      "docker_container.b",
      "docker_container.c",
    ]);
  });
});
