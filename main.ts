import { App } from "cdktf";
import { formatDiagnostic, loadEnvironments } from "./config";
import { RegistryStack, summary } from "./stacks";

// Every file in environments/ becomes a stack of the same name. No secret, network, Docker or clock is needed.
const { environments, diagnostics } = loadEnvironments("environments");
if (diagnostics.length > 0) {
  console.error(diagnostics.map(formatDiagnostic).join("\n"));
  process.exit(1);
}

// Stack traces in the output would name directories of this machine, and cost time.
const app = new App({ stackTraces: false });
const summaries = environments.map((environment) => summary(new RegistryStack(app, environment), environment));
app.synth();
console.log(summaries.join("\n\n"));
