export { type Diagnostic, type Finding, formatDiagnostic, formatPath, show } from "./diagnostic";
export {
  type Check,
  diagnose,
  type LoadedEnvironment,
  type LoadedEnvironments,
  loadEnvironment,
  loadEnvironments,
  parseEnvironment,
} from "./load";
export { sharesStorage } from "./rules/shared-storage";
export { publishedPorts } from "./rules/storage";
export { type Environment, environmentSchema } from "./schema";
