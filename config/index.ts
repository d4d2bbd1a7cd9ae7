export { type Diagnostic, type Finding, formatDiagnostic, formatPath, show } from "./diagnostic";
export {
  diagnose,
  type LoadedEnvironments,
  loadEnvironment,
  loadEnvironments,
  parseEnvironment,
} from "./load";
export { publishedPorts } from "./rules/ports";
export { sharesStorage } from "./rules/shared-storage";
export { type DockerSettings, type Environment, environmentSchema } from "./schema";
