export { RegistryStack } from "./registry-stack";
export { summary } from "./summary";
export { describe, synthesize } from "./synthesize";
