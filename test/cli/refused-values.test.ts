import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Failure } from "../../operations/failure";
import { writeSecrets } from "../../operations/secrets/file";
import { machines } from "../support/fake-machine";

const { deployed, fresh } = machines();

describe("a value that Terraform would refuse, and print", () => {
  const BAD: readonly [string, string, RegExp][] = [
    ["registry_htpasswd", `alice:$2y$05$${"a".repeat(53)} bob:$2y$05$${"b".repeat(53)}`, /: line 1 must be one user's/],
    ["registry_htpasswd", "alice:hunter2-in-clear", /: line 1 must be one user's/],
    ["registry_htpasswd", "# nobody-at-all", /must hold at least one user/],
    ["registry_s3_secret_key", "a secret with blanks", /must be 16–128 letters/],
    ["rustfs_root_access_key", "rustfsadmin", /must not be a documented default/],
    ["registry_http_secret", "short-secret", /must be 32–128 letters/],
  ];

  test.each(BAD)(
    "%s = %s is told without it, by whatever command, before Terraform runs",
    async (name, value, rule) => {
      const lab = await deployed();
      writeSecrets(lab.path("secrets/lab.tfvars.json"), { ...lab.secrets(), [name]: value });
      for (const args of [["plan"], ["up", "--yes"], ["down", "--confirm", "lab"]]) {
        const [command = "", ...options] = args;
        const { error, out, err } = await lab.run(command, "lab", ...options);
        expect(error, command).toBeInstanceOf(Failure);
        const { message, remedy, details = "" } = error as Failure;
        expect(message).toMatch(rule);
        expect(message.startsWith(name)).toBe(true);
        expect(remedy).toContain(`private-registry secrets set lab ${name}`);
        expect([message, remedy, details, out, err].join("\n")).not.toContain(value);
      }
      expect(lab.calls("plan")).toEqual([]);
    },
  );

  test.each(BAD)("%s = %s is not taken by set and import either", async (name, value, rule) => {
    const lab = await deployed();
    const before = lab.secrets();
    lab.input = value;
    const set = await lab.run("secrets", "set", "lab", name, "--stdin");
    lab.input = JSON.stringify({ [name]: value });
    const taken = await lab.run("secrets", "import", "lab", "--replace");
    for (const { error } of [set, taken]) {
      expect((error as Failure).message).toMatch(rule);
      expect(`${error}`).not.toContain(value);
    }
    expect(lab.secrets()).toEqual(before);
  });

  test("what Terraform quotes all the same is not on the screen, nor in the log", async () => {
    const lab = await deployed();
    const { registry_http_secret: secret = "", registry_htpasswd: users = "" } = lab.secrets();
    const detail = `var.a is ${JSON.stringify(secret)}\nvar.b is ${JSON.stringify(users)}`;
    lab.script({ plan: { exit: 1, diagnostics: [{ summary: "Invalid value for variable", detail }], stderr: detail } });
    const { error } = await lab.run("plan", "lab");
    const { details = "" } = error as Failure;
    expect(details).toContain('var.a is "(secret)"');
    const logs = readdirSync(lab.path(".private-registry/logs")).map((name) =>
      readFileSync(lab.path(".private-registry/logs", name), "utf8"),
    );
    const hash = users.trim().split("\n")[0]?.split(":")[1] ?? "none";
    for (const text of [details, ...logs]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(hash);
    }
  });

  test("not even of secrets that this run made", async () => {
    const lab = await fresh();
    const quoted = () => ({ exit: 1, stderr: `value ${lab.secrets().registry_http_secret}` });
    lab.script({
      get plan() {
        return quoted();
      },
    });
    const { error, err } = await lab.run("up", "lab", "--yes", "--verbose");
    const logs = readdirSync(lab.path(".private-registry/logs")).map((name) =>
      readFileSync(lab.path(".private-registry/logs", name), "utf8"),
    );
    expect((error as Failure).details).toContain("value (secret)");
    for (const text of [err, ...logs]) {
      expect(text).toContain("value (secret)");
      expect(text).not.toContain(lab.secrets().registry_http_secret);
    }
  });
});
