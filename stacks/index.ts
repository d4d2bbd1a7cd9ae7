export { RegistryStack } from "./registry-stack";
export { summary } from "./summary";
