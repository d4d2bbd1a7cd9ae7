export { type Diagnostic, type Finding, formatDiagnostic, show } from "./diagnostic";
export {
  type Check,
  type LoadedEnvironment,
  type LoadedEnvironments,
  loadEnvironment,
  loadEnvironments,
  parseEnvironment,
} from "./load";
export { type Environment, environmentSchema } from "./schema";
