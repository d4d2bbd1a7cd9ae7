import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  leftOut,
  refusedVariables,
  refuseVariables,
  terraformEnvironment,
  VARIABLE_RULES,
} from "../../../operations/terraform/variables";

test.each([
  "TF_VAR_registry_htpasswd",
  "TF_TOKEN_app_terraform_io",
  "TF_HTTP_PASSWORD",
  "TF_ENCRYPTION",
  "TF_CLI_CONFIG_FILE",
  "TF_PLUGIN_CACHE_DIR",
  "TF_REGISTRY_CLIENT_TIMEOUT",
  "PATH",
  "HOME",
  "AWS_ACCESS_KEY_ID",
  "HTTPS_PROXY",
  "DOCKER_CONFIG",
  "KUBECONFIG",
  "KUBE_CONFIG_PATH",
  "SSH_AUTH_SOCK",
])("%s is handed on", (name) => {
  expect(terraformEnvironment({ [name]: "value" })[name]).toBe("value");
  expect(leftOut({ [name]: "value" })).toEqual([]);
  expect(() => refuseVariables({ [name]: "value" })).not.toThrow();
});

test.each(["TF_DATA_DIR", "TF_LOG", "TF_LOG_PATH", "TF_LOG_PROVIDER", "TF_IGNORE", "TF_UNHEARD_OF"])(
  "%s is left out, and that is said",
  (name) => {
    expect(terraformEnvironment({ [name]: "value" })).not.toHaveProperty(name);
    expect(leftOut({ [name]: "value" })).toEqual([name]);
    expect(leftOut({ [name]: "" })).toEqual([]);
    expect(() => refuseVariables({ [name]: "value" })).not.toThrow();
  },
);

test.each([
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS_VERIFY",
  "DOCKER_CERT_MATERIAL",
  "KUBE_HOST",
  "KUBE_TOKEN",
  "KUBE_CTX",
  "KUBE_CTX_CLUSTER",
])("%s does not reach the provider", (name) =>
  expect(terraformEnvironment({ [name]: "value" })).not.toHaveProperty(name),
);

test.each([
  ["TF_WORKSPACE", "prod", /one state/],
  ["TF_CLI_ARGS", "-no-color", /behind what is shown/],
  ["TF_CLI_ARGS_apply", "-state=other", /behind what is shown/],
  ["TF_REATTACH_PROVIDERS", "{}", /another program/],
])("%s is refused, and never reaches Terraform", (name, value, why) => {
  expect(() => refuseVariables({ [name]: value })).toThrow(why);
  expect(() => refuseVariables({ [name]: value })).toThrow(expect.objectContaining({ remedy: `unset ${name}` }));
  expect(terraformEnvironment({ [name]: value })[name]).not.toBe(value);
});

test("several are refused together; an empty one and the usual workspace are nothing", () => {
  expect(() => refuseVariables({ TF_WORKSPACE: "a", TF_CLI_ARGS_plan: "-destroy" })).toThrow(
    expect.objectContaining({ remedy: "unset TF_WORKSPACE TF_CLI_ARGS_plan" }),
  );
  expect(refusedVariables({ TF_WORKSPACE: "default", TF_CLI_ARGS: "" })).toEqual([]);
});

test("what is set is set whatever the shell says, and a workspace that was selected is left", () => {
  const environment = terraformEnvironment({ TF_INPUT: "1", TF_IN_AUTOMATION: "", TF_WORKSPACE: "prod" });
  expect(environment).toEqual({
    TF_INPUT: "0",
    TF_IN_AUTOMATION: "1",
    TF_WORKSPACE: "default",
    CHECKPOINT_DISABLE: "1",
  });
});

describe("docs/cli.md", () => {
  const rows = VARIABLE_RULES.map(
    ({ names, fate, why }) => `| ${names.map((name) => `\`${name}\``).join(", ")} | ${fate} | ${why} |`,
  );
  test("shows every rule, in one table", () => {
    expect(readFileSync("docs/cli.md", "utf8")).toContain(`|---|---|---|\n${rows.join("\n")}\n\n`);
  });
});
