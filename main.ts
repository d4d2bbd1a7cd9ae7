import { App } from "cdktf";
import { formatDiagnostic } from "./config";
import { placeProviderLocks, RegistryStack, readEnvironments, summary } from "./stacks";

// Every file in environments/ becomes a stack of the same name. cdktf runs this; `npm start` adds what a reviewer would say.
const { environments, diagnostics } = readEnvironments("environments");
if (diagnostics.length > 0) {
  console.error(diagnostics.map(formatDiagnostic).join("\n"));
  process.exit(1);
}
const app = new App({ stackTraces: false });
const stacks = environments.map((environment) => new RegistryStack(app, environment));
app.synth();
placeProviderLocks(stacks);
console.log(stacks.map((stack) => summary(stack)).join("\n\n"));
