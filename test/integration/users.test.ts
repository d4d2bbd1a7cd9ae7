import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { TerraformVariable } from "cdktf";
import { expect, test } from "vitest";
import { DockerHost, Htpasswd, HtpasswdFile, PrivateRegistry } from "../../constructs";
import { ConfiguredRegistry } from "../support/configured-registry";
import { run, temporaryDirectory } from "../support/process";
import { basic } from "../support/registry-process";
import { find, synthesize } from "../support/synth";
import { describeWithTools } from "../support/tools";
import { passwordOf, USER_FILES } from "../support/user-files";
import { unpack } from "../support/without-docker";

const path = temporaryDirectory();
let folders = 0;

/** Runs the job that writes the users' file. @returns how it ended, and what it wrote */
async function runJob(content: string, shell: readonly [string, ...string[]]) {
  const directory = path(`job-${++folders}`);
  const stack = synthesize((scope) => {
    new HtpasswdFile(scope, "users", {
      platform: new DockerHost(),
      name: "team",
      image: "registry:3.1.2",
      // Nothing is known of it when the job is described.
      content: new TerraformVariable(scope, "content", {}).stringValue,
    });
  });
  const job = find(stack, "docker_container", "users");
  const replace = { "/incoming/": `${directory}/incoming/`, "/auth/": `${directory}/auth/` };
  const { entrypoint } = unpack(job, directory, replace);
  mkdirSync(`${directory}/auth`, { recursive: true });
  writeFileSync(`${directory}/incoming/htpasswd`, content);
  const [command, ...first] = shell;
  const ended = await run(command, [...first, ...entrypoint.slice(1)], {
    environment: { PATH: process.env.PATH ?? "" },
  });
  return { ...ended, written: ended.code === 0 ? readFileSync(`${directory}/auth/htpasswd`, "utf8") : undefined };
}

for (const [name, shell] of [
  ["sh", ["sh"]],
  ["busybox", ["busybox", "sh"]],
] as const) {
  describeWithTools(`the job that writes the users' file, by ${name}`, [shell[0]], () => {
    test.each(USER_FILES)("%s", async (_, text, users) => {
      const { code, stderr, written } = await runJob(text, [...shell]);
      expect(code, stderr).toBe(users ? 0 : 1);
      if (users) expect(written).toBe(text);
      // One line; no hash and no password in it.
      else expect(stderr).toMatch(/^htpasswd: failed: [^\n]+\n$/);
      expect(stderr).not.toMatch(/\$2|hunter2/);
    });
  });
}

describeWithTools("the variable of the users", ["terraform"], ({ terraform }) => {
  const { variable } = synthesize((scope) => void new PrivateRegistry(scope, "registry"));
  const folder = path("terraform");

  test.each(USER_FILES)("%s", { timeout: 60_000 }, async (_, text, users) => {
    mkdirSync(folder, { recursive: true });
    const only = { variable: { registry_htpasswd: variable.registry_htpasswd } };
    writeFileSync(`${folder}/main.tf.json`, JSON.stringify(only));
    const ended = await run(terraform, ["plan", "-input=false", "-no-color"], {
      directory: folder,
      environment: { PATH: process.env.PATH ?? "", TF_VAR_registry_htpasswd: text },
    });
    expect(ended.code, ended.stderr).toBe(users ? 0 : 1);
    if (!users) expect(ended.stderr).toMatch(/registry_htpasswd(?: must|: each line must)/);
  });
});

describeWithTools("Distribution reads users' files as the rest of us do", ["registry"], ({ registry }) => {
  const registries = new ConfiguredRegistry(registry, path);

  test.each(USER_FILES)("%s", async (_, text, users) => {
    const file = path(`users-${++folders}`);
    writeFileSync(file, text);
    const running = await registries.start({ auth: { htpasswd: { realm: "registry", path: file } } });
    const status = async (name: string) =>
      (await fetch(`${running.url}/v2/`, { headers: basic(name, passwordOf(name)) })).status;
    if (users) {
      expect(Htpasswd.parse(text).names).toEqual([...users].sort());
      for (const name of users) expect(await status(name), name).toBe(200);
      return;
    }
    // Without anybody a list is one to add users to; it is refused where it is used.
    if (text.split("\n").every((line) => /^\s*(#.*)?$/.test(line))) expect(Htpasswd.parse(text).names).toEqual([]);
    else expect(() => Htpasswd.parse(text)).toThrow(/must be one user's|must not name a user twice/);
  });

  test("of users that are joined to one line it lets in the first only: the reason for the strictness", async () => {
    const file = path("joined");
    const [, text] = USER_FILES.find(([title]) => title === "joined by a blank") ?? ["", ""];
    writeFileSync(file, text);
    const running = await registries.start({ auth: { htpasswd: { realm: "registry", path: file } } });
    const status = async (name: string) =>
      (await fetch(`${running.url}/v2/`, { headers: basic(name, passwordOf(name)) })).status;
    expect([await status("admin"), await status("bob")]).toEqual([200, 401]);
  });
});
