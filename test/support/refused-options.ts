import type { InvalidOptionsError } from "../../constructs";

/** The options that are refused; none when it builds. */
export function refusedOptions(build: () => unknown): string[] {
  try {
    build();
  } catch (error) {
    return (error as InvalidOptionsError).problems.map(({ option }) => option);
  }
  return [];
}
