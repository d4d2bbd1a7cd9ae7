export { type Diagnostic, type Finding, formatDiagnostic, show } from "./diagnostic";
export {
  type Check,
  type LoadedEnvironment,
  type LoadedEnvironments,
  loadEnvironment,
  loadEnvironments,
  parseEnvironment,
} from "./load";
export { publishedPorts } from "./rules/storage";
export { type Environment, environmentSchema } from "./schema";
