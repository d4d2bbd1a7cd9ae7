export { type Diagnostic, formatDiagnostic } from "./diagnostic";
export {
  type LoadedEnvironment,
  type LoadedEnvironments,
  loadEnvironment,
  loadEnvironments,
  parseEnvironment,
} from "./load";
export { type Environment, environmentSchema } from "./schema";
