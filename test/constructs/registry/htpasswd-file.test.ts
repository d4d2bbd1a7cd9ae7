import { TerraformVariable } from "cdktf";
import { expect, test } from "vitest";
import { DockerHost, Htpasswd, HtpasswdFile, type HtpasswdFileProps } from "../../../constructs";
import { fileOf, find, synthesize } from "../../support/synth";

const REQUIRED = { platform: new DockerHost(), name: "team", image: "registry:3.1.2" };
const USERS = Htpasswd.empty.with("alice", "a long password").toString();

const make = (props: Partial<HtpasswdFileProps> = {}) =>
  synthesize((scope) => void new HtpasswdFile(scope, "users", { ...REQUIRED, content: USERS, ...props }));

test("a job without network writes the file whole, on a volume that the registry only reads", () => {
  let mount: unknown;
  const stack = synthesize((scope) => {
    mount = new HtpasswdFile(scope, "users", { ...REQUIRED, content: USERS, labels: { owner: "ops" } }).mount;
  });
  const job = find(stack, "docker_container", "users");
  expect(job).toMatchObject({ name: "team-htpasswd", network_mode: "none", attach: true, must_run: false });
  expect(job.volumes).toMatchObject([{ container_path: "/auth", read_only: false }]);
  expect(job.entrypoint[2]).toMatch(/cp .*\n.*\nmv -f/);
  expect(job.labels).toContainEqual({ label: "owner", value: "ops" });
  expect(fileOf(job, "/incoming/htpasswd")).toBe(USERS);
  expect(mount).toMatchObject({ path: "/auth", readOnly: true });
  expect(find(stack, "docker_volume", "users")).toMatchObject({ name: "team-auth" });
});

test("takes a variable, whose value nobody knows yet", () => {
  const stack = synthesize((scope) => {
    const { stringValue } = new TerraformVariable(scope, "users_variable", { sensitive: true });
    new HtpasswdFile(scope, "file", { ...REQUIRED, content: stringValue });
  });
  expect(fileOf(find(stack, "docker_container", "file"), "/incoming/htpasswd")).toBe("${var.users_variable}");
});

test("refuses what would lock everybody out", () => {
  expect(() => make({ content: "# nobody\n" })).toThrow("'content' must hold at least one user");
  expect(() => make({ content: "alice:plain" })).toThrow("htpasswd line 1");
});
