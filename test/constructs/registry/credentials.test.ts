import { describe, expect, test } from "vitest";
import { PrivateRegistry } from "../../../constructs";
import { CREDENTIALS } from "../../../constructs/registry/credentials";
import { synthesize } from "../../support/synth";

describe("credentials", () => {
  test("are sensitive variables of the stack, with stable names and no default", () => {
    const { variable } = synthesize((scope) => void new PrivateRegistry(scope, "registry"));
    expect(Object.keys(variable).sort()).toEqual([
      "registry_htpasswd",
      "registry_http_secret",
      "registry_s3_access_key",
      "registry_s3_secret_key",
      "rustfs_root_access_key",
      "rustfs_root_secret_key",
    ]);
    for (const rule of Object.values(variable)) {
      expect(rule).toMatchObject({ sensitive: true, nullable: false, type: "string" });
      expect(rule.default).toBeUndefined();
    }
  });

  test("given by the caller, they make no variable", () => {
    const credentials = Object.fromEntries(Object.keys(CREDENTIALS).map((name) => [name, "x".repeat(32)]));
    credentials.registry_htpasswd = `alice:$2y$05$${"a".repeat(53)}`;
    const { variable } = synthesize((scope) => void new PrivateRegistry(scope, "registry", { credentials }));
    expect(variable).toBeUndefined();
  });

  test("the users' conditions stand in Terraform as they were written: each line, somebody, nobody twice", () => {
    const { variable } = synthesize((scope) => void new PrivateRegistry(scope, "registry"));
    const { validation } = variable.registry_htpasswd as unknown as { validation: { condition: string }[] };
    expect(validation.map(({ condition }) => condition.slice(0, 13))).toEqual([
      "${alltrue([fo",
      "${anytrue([fo",
      "${length([for",
    ]);
  });

  test("of a second registry in one stack need a prefix", () => {
    const two = (variablePrefix?: string) =>
      synthesize((scope) => {
        new PrivateRegistry(scope, "one");
        new PrivateRegistry(scope, "two", { variablePrefix, registry: { publish: { port: 5001 } } });
      });
    expect(() => two()).toThrow("'variablePrefix' must differ between registries of one stack");
    expect(Object.keys(two("two_").variable)).toHaveLength(12);
  });

  // Terraform's regexes are RE2; the constructs used here mean the same in JavaScript.
  const accepts = (name: keyof typeof CREDENTIALS, value: string) =>
    new RegExp(CREDENTIALS[name].pattern.replaceAll("\\\\", "\\")).test(value);

  test.each<[keyof typeof CREDENTIALS, string, boolean]>([
    ["rustfs_root_access_key", "abc", true],
    ["rustfs_root_access_key", "ab", false],
    ["rustfs_root_access_key", "with/slash", false],
    ["registry_s3_secret_key", "a".repeat(16), true],
    ["registry_s3_secret_key", "a".repeat(15), false],
    ["registry_s3_secret_key", `wJalrXUtnFEMI/K7MDENG+bPxRfiCY=`, true],
    ["registry_s3_secret_key", `quoted"${"a".repeat(16)}`, false],
    ["registry_http_secret", "a".repeat(32), true],
    ["registry_http_secret", "a".repeat(31), false],
  ])("%s takes %j: %s", (name, value, expected) => expect(accepts(name, value)).toBe(expected));
});
