import { TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import { type Problem, throwIfInvalid } from "../rules/errors";
import { DOCKER_PROVIDER } from "../values/required-providers";
import { admits, admitsAny } from "../values/version-constraint";

/** `terraform_data`, which carries the deployment's id, came with 1.4. */
export const TERRAFORM = ">= 1.4";
const PROVIDER_PATH = "terraform.required_providers.docker.version";
const TERRAFORM_PATH = "terraform.required_version";

/** What registries wrote into their stacks, as against what the stack's owner did. */
const written = new WeakMap<TerraformStack, { version: string; isChosen: boolean }>();

/**
 * Writes the versions that a registry needs into its stack, as far as the stack says nothing itself.
 *
 * @param chosen the provider constraint that the caller asked for
 * @throws InvalidOptionsError when it contradicts another registry's, or the stack's
 */
export function requireVersions(scope: IConstruct, chosen: string | undefined): void {
  const stack = TerraformStack.of(scope);
  const found = overrideOf(stack, PROVIDER_PATH);
  const ours = written.get(stack);
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
    chosen === undefined ? undefined : providerProblem(chosen),
  ]);
  if (found === undefined || (chosen !== undefined && isOurs)) {
    const version = chosen ?? DOCKER_PROVIDER.version;
    stack.addOverride(PROVIDER_PATH, version);
    written.set(stack, { version, isChosen: chosen !== undefined });
  }
  if (overrideOf(stack, TERRAFORM_PATH) === undefined) stack.addOverride(TERRAFORM_PATH, TERRAFORM);
  // Whoever owns the stack may override later; what they say then is held against what a registry needs.
  scope.node.addValidation({
    validate: () => [providerProblem(overrideOf(stack, PROVIDER_PATH)), terraformProblem(stack)].flatMap(describe),
  });
}

function providerProblem(constraint: string | undefined): Problem | undefined {
  if (constraint === undefined) return undefined;
  const isFine = admitsAny(constraint, 4, 5) && !admits(constraint, [3, 6, 2]) && !admits(constraint, [3, 999, 0]);
  if (isFine) return undefined;
  return {
    option: "providerVersion",
    rule: "must take a 4.x from 4.5 on and no 3.x, which deletes stopped containers during a plan",
    got: constraint,
    fix: `write e.g. ${DOCKER_PROVIDER.version}`,
  };
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
  const value = path
    .split(".")
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], rawOverrides);
  return typeof value === "string" ? value : undefined;
}
