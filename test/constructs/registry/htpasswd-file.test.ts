import { TerraformVariable } from "cdktf";
import { expect, test } from "vitest";
import { Htpasswd, HtpasswdFile, type HtpasswdFileProps } from "../../../constructs";
import { contentOf, RecordingPlatform } from "../../support/recording-platform";
import { synthesize } from "../../support/synth";

const USERS = Htpasswd.empty.with("alice", "a long password").toString();

const make = (props: Partial<HtpasswdFileProps> = {}) => {
  const platform = new RecordingPlatform();
  let file: HtpasswdFile | undefined;
  synthesize((scope) => {
    file = new HtpasswdFile(scope, "users", {
      platform,
      name: "team",
      image: "registry:3.1.2",
      content: USERS,
      ...props,
    });
  });
  return { platform, job: platform.jobs["team-htpasswd"], mount: file?.mount };
};

test("a job without network writes the file whole, on a volume that the registry only reads", () => {
  const { platform, job, mount } = make({ labels: { owner: "ops" } });
  expect(job).toMatchObject({
    labels: { owner: "ops" },
    mounts: [{ path: "/auth", volume: "team-auth", readOnly: false }],
  });
  expect(job?.networks).toBeUndefined();
  expect(job?.entrypoint?.[2]).toMatch(/cp .*\n.*\nmv -f/);
  expect(contentOf(job, "/incoming/htpasswd")).toBe(USERS);
  expect(mount).toEqual({ path: "/auth", volume: "team-auth", readOnly: true });
  expect(platform.volumes).toEqual({ "team-auth": { name: "team-auth", protect: false, service: "team-htpasswd" } });
});

test("takes a variable, whose value nobody knows yet", () => {
  let token = "";
  const platform = new RecordingPlatform();
  synthesize((scope) => {
    token = new TerraformVariable(scope, "users_variable", { sensitive: true }).stringValue;
    new HtpasswdFile(scope, "file", { platform, name: "team", image: "registry:3.1.2", content: token });
  });
  expect(contentOf(platform.jobs["team-htpasswd"], "/incoming/htpasswd")).toBe(token);
});

test("refuses what would lock everybody out", () => {
  expect(() => make({ content: "# nobody\n" })).toThrow("'content' must hold at least one user");
  expect(() => make({ content: "alice:plain" })).toThrow("htpasswd line 1");
});
