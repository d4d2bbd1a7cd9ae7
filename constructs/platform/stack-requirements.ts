import { TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import { type Problem, throwIfInvalid } from "../values/errors";
import { valueAt } from "../values/value-at";
import { admitsAny } from "../values/version-constraint";

/** `terraform_data`, which carries the deployment's id, came with 1.4. */
const TERRAFORM = ">= 1.4";
const TERRAFORM_PATH = "terraform.required_version";

/** The provider of a platform, as a stack has to have it. */
export interface ProviderRule {
  /** Its name in the stack, e.g. `docker`. */
  readonly name: string;
  /** Constraint that is written into a stack that says none. */
  readonly version: string;
  /** What is wrong with another constraint. */
  check(constraint: string): Problem | undefined;
}

/** What registries wrote into their stacks, as against what the stack's owner did; by the path of it. */
const written = new WeakMap<TerraformStack, Map<string, { version: string; isChosen: boolean }>>();

/**
 * Writes the versions that a registry needs into its stack, as far as the stack says nothing itself.
 *
 * @param provider of the platform
 * @param chosen the provider constraint that the caller asked for
 * @throws InvalidOptionsError when it contradicts another registry's, or the stack's
 */
export function requireVersions(scope: IConstruct, provider: ProviderRule, chosen: string | undefined): void {
  const stack = TerraformStack.of(scope);
  const path = `terraform.required_providers.${provider.name}.version`;
  const found = overrideOf(stack, path);
  const all = written.get(stack) ?? new Map();
  written.set(stack, all);
  const ours = all.get(path);
  const isOurs = ours !== undefined && ours.version === found;
  const contradicts = chosen !== undefined && found !== undefined && chosen !== found && (!isOurs || ours.isChosen);
  throwIfInvalid(scope, [
    contradicts
      ? {
          option: "providerVersion",
          rule: `must be the same in the whole stack, where it is ${found} already`,
          got: chosen,
          fix: "a stack has one version of a provider: give the same to all, or leave it out",
        }
      : undefined,
    chosen === undefined ? undefined : provider.check(chosen),
  ]);
  if (found === undefined || (chosen !== undefined && isOurs)) {
    const version = chosen ?? provider.version;
    stack.addOverride(path, version);
    all.set(path, { version, isChosen: chosen !== undefined });
  }
  if (overrideOf(stack, TERRAFORM_PATH) === undefined) stack.addOverride(TERRAFORM_PATH, TERRAFORM);
  // Whoever owns the stack may override later; what they say then is held against what a registry needs.
  scope.node.addValidation({
    validate: () => {
      const constraint = overrideOf(stack, path);
      return [constraint === undefined ? undefined : provider.check(constraint), terraformProblem(stack)].flatMap(
        describe,
      );
    },
  });
}

function terraformProblem(stack: TerraformStack): Problem | undefined {
  const constraint = overrideOf(stack, TERRAFORM_PATH);
  if (constraint === undefined || admitsAny(constraint, 1, 4) || admitsAny(constraint, 2, 0)) return undefined;
  return {
    option: TERRAFORM_PATH,
    rule: "must take 1.4 or later, which knows terraform_data",
    got: constraint,
    fix: `write e.g. ${TERRAFORM}`,
  };
}

const describe = (problem: Problem | undefined) =>
  problem ? [`${problem.option} ${problem.rule}, got ${problem.got}: ${problem.fix}`] : [];

/** What was put over the stack's own attributes; CDKTF has no reader for it. */
function overrideOf(stack: TerraformStack, path: string): string | undefined {
  const { rawOverrides } = stack as unknown as { rawOverrides?: unknown };
  const value = valueAt(rawOverrides, path.split("."));
  return typeof value === "string" ? value : undefined;
}
