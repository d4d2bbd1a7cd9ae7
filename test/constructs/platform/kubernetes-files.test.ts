import { expect, test } from "vitest";
import { RegistryTls } from "../../../constructs";
import { built, containerOf, filesHash, type Json, objects, pods } from "./kubernetes-stack";

const stack = built(
  {},
  {
    registry: {
      host: "registry.example.com",
      tls: RegistryTls.certificate({ certificateFile: "c.pem", keyFile: "k.pem" }),
    },
  },
);

/** Every file of a pod: where it is seen, in which object it lies, with which mode. */
function filesOf(workload: Json): Record<string, string> {
  const { volume_mount } = containerOf(workload);
  const files = (workload.spec.template.spec.volume as Json[]).flatMap(({ name, projected = [] }) => {
    const { mount_path, read_only } = volume_mount.find((one: Json) => one.name === name);
    if (projected.length > 0) expect(read_only).toBe(true);
    return (projected as Json[]).flatMap(({ sources }) =>
      (sources as Json[]).flatMap((source) =>
        Object.entries(source).flatMap(([kind, [{ name: from, items }]]: Json) =>
          items.map(({ path, mode, key }: Json) => [`${mount_path}/${path}`, `${kind} ${from} ${key} ${mode}`]),
        ),
      ),
    );
  });
  return Object.fromEntries(files);
}

test("each file is where its program looks for it, and whoever runs it may read it", () => {
  const files = filesOf(objects(stack, "deployment")["lab-registry"]);
  expect(files["/etc/distribution/config.yml"]).toMatch(/^secret lab-registry config.yml 044/);
  expect(files["/run/secrets/s3-credentials"]).toMatch(/^secret lab-registry s3-credentials 044/);
  expect(files["/opt/private-registry/serve.sh"]).toMatch(/^config_map lab-registry serve.sh 0\d\d\d$/);
  for (const pod of [...Object.values(objects(stack, "stateful_set")), ...Object.values(objects(stack, "deployment"))])
    for (const [path, where] of Object.entries(filesOf(pod))) {
      const [, owner = 0, group = 0] = [...(where.split(" ").at(-1) ?? "")].map(Number);
      // Files belong to root and the pod's group.
      expect(group & owner, path).toBe(owner);
      expect(group & 4, path).toBe(4);
    }
});

test("what is read on this machine may be a key: it lies in a Secret", () => {
  const { data } = objects(stack, "secret")["lab-registry"];
  const files = Object.values(data as Record<string, string>).filter((text) => text.includes("file("));
  expect(files.join()).toContain("k.pem");
  expect(JSON.stringify(Object.values(objects(stack, "config_map")))).not.toContain(".pem");
});

test("pods are made anew for a change of any of their files", () => {
  for (const pod of pods(stack)) {
    const { spec } = pod;
    const hash = filesHash(pod);
    const kinds = new Set(
      (spec.volume as Json[]).flatMap(({ projected = [] }) =>
        (projected as Json[]).flatMap(({ sources }) => (sources as Json[]).flatMap((one) => Object.keys(one))),
      ),
    );
    for (const kind of kinds) expect(hash).toContain(`jsonencode(kubernetes_${kind}_v1.`);
    // A plan would hide the whole pod otherwise; a hash of keys tells nothing of them.
    expect(hash).toMatch(kinds.has("secret") ? /^\$\{nonsensitive\(sha256\(/ : /^\$\{sha256\(/);
  }
});

test("users change without a new pod: their Secret is mounted whole, for reading", () => {
  const { spec } = objects(stack, "deployment")["lab-registry"].spec.template;
  const live = (spec.volume as Json[]).find(({ name }) => name === "live-files");
  expect(live.secret).toEqual({ secret_name: "lab-auth", default_mode: "0440" });
  expect(containerOf(objects(stack, "deployment")["lab-registry"]).volume_mount).toContainEqual({
    mount_path: "/auth",
    name: "live-files",
    read_only: true,
  });
});
