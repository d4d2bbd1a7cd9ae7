import { NullProvider } from "@cdktf/provider-null/lib/provider";
import type { TerraformStack } from "cdktf";
import { describe, expect, test } from "vitest";
import { DockerHost, PrivateRegistry } from "../../../constructs";
import { admits, admitsAny, type Version } from "../../../constructs/values/version-constraint";
import { synthesize } from "../../support/synth";

const PROVIDER = "terraform.required_providers.docker.version";
const versions = (build: (stack: TerraformStack) => void) => {
  const { terraform } = synthesize(build);
  return [terraform.required_version, terraform.required_providers.docker.version];
};
const registry = (stack: TerraformStack, id: string, providerVersion?: string) =>
  new PrivateRegistry(stack, id, { platform: new DockerHost({ providerVersion }), variablePrefix: `${id}_` });

describe("a registry in a stack", () => {
  test("asks for what it needs where the stack says nothing", () => {
    expect(versions((stack) => registry(stack, "a"))).toEqual([">= 1.4", "~> 4.5"]);
    expect(versions((stack) => registry(stack, "a", "4.5.0"))).toEqual([">= 1.4", "4.5.0"]);
  });

  test.each(["before", "after"])("leaves what the stack says, %s it", (when) => {
    const override = (stack: TerraformStack) => {
      stack.addOverride("terraform.required_version", ">= 1.10");
      stack.addOverride(PROVIDER, ">= 4.6, < 5");
    };
    expect(
      versions((stack) => {
        if (when === "before") override(stack);
        registry(stack, "a");
        if (when === "after") override(stack);
      }),
    ).toEqual([">= 1.10", ">= 4.6, < 5"]);
  });

  test.each([
    ["terraform.required_version", "~> 1.3.0", "must take 1.4 or later"],
    [PROVIDER, "~> 3.6", "must take a 4.x from 4.5 on"],
    [PROVIDER, ">= 3.0", "no 3.x"],
    [PROVIDER, "< 4.5", "must take a 4.x from 4.5 on"],
  ])("refuses a stack that contradicts: %s %s", (path, constraint, message) => {
    for (const when of ["before", "after"]) {
      const build = (stack: TerraformStack) => {
        if (when === "before") stack.addOverride(path, constraint);
        registry(stack, "a");
        if (when === "after") stack.addOverride(path, constraint);
      };
      expect(() => versions(build)).toThrow(message);
    }
  });

  test("refuses an option that contradicts the stack", () => {
    const build = (stack: TerraformStack) => {
      stack.addOverride(PROVIDER, "4.6.0");
      registry(stack, "a", "4.5.0");
    };
    expect(() => versions(build)).toThrow("must be the same in the whole stack, where it is 4.6.0 already, got 4.5.0");
  });

  test.each(["3.6.2", "~> 4.0, < 4.5"])("refuses %s as its own", (constraint) => {
    expect(() => versions((stack) => registry(stack, "a", constraint))).toThrow("must take a 4.x from 4.5 on");
  });
});

describe("two registries in a stack", () => {
  const two = (a?: string, b?: string) => () =>
    versions((stack) => {
      registry(stack, "a", a);
      registry(stack, "b", b);
    });

  test("agree on a choice of one of them, whichever comes first", () => {
    expect(two()()).toEqual([">= 1.4", "~> 4.5"]);
    expect(two("4.5.0")()).toEqual([">= 1.4", "4.5.0"]);
    expect(two(undefined, "4.5.0")()).toEqual([">= 1.4", "4.5.0"]);
    expect(two("4.5.0", "4.5.0")()).toEqual([">= 1.4", "4.5.0"]);
  });

  test("must not choose differently", () => {
    expect(two("4.5.0", "~> 4.6")).toThrow("'providerVersion' must be the same in the whole stack");
  });
});

describe("Terraform's version constraints", () => {
  test.each<[string, Version, boolean]>([
    ["1.4", [1, 4, 0], true],
    ["= 1.4.1", [1, 4, 0], false],
    ["!= 1.4.0", [1, 4, 0], false],
    [">= 1.4, < 2", [1, 99, 0], true],
    [">= 1.4, < 2", [2, 0, 0], false],
    ["<= 1.4", [1, 4, 0], true],
    ["> 1.4", [1, 4, 0], false],
    ["~> 4.5", [4, 9, 9], true],
    ["~> 4.5", [5, 0, 0], false],
    ["~> 4.5", [4, 4, 9], false],
    ["~> 4.5.1", [4, 6, 0], false],
    ["~> 4.5.1", [4, 5, 7], true],
    ["v1.2.3", [1, 2, 3], true],
  ])("%s and %j: %s", (constraint, version, expected) => {
    expect(admits(constraint, version)).toBe(expected);
  });

  test("some version of a major", () => {
    expect(admitsAny("~> 4.7.3", 4, 5)).toBe(true);
    expect(admitsAny("< 4.5", 4, 5)).toBe(false);
    expect(admitsAny(">= 5", 4, 5)).toBe(false);
  });
});

describe("the null provider", () => {
  const providers = (build: (stack: TerraformStack) => void) => synthesize(build).terraform.required_providers;

  test("is added once to a stack that has none", () => {
    const twice = (stack: TerraformStack) => ["a", "b"].map((id) => registry(stack, id));
    expect(providers(twice).null).toEqual({ source: "hashicorp/null", version: "~> 3.2" });
  });

  test("stays as the stack has it", () => {
    const own = (stack: TerraformStack) => {
      new NullProvider(stack, "mine");
      stack.addOverride("terraform.required_providers.null.version", "3.2.3");
      registry(stack, "a");
    };
    expect(providers(own).null).toMatchObject({ version: "3.2.3" });
  });
});
