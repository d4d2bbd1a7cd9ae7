import "./startup";
import { formatDiagnostic, loadEnvironments } from "./config";
import { summary, synthesize } from "./stacks";

// Every file in environments/ becomes a stack of the same name; `npm start` and cdktf's command line run this.
const { environments, diagnostics } = loadEnvironments("environments");
if (diagnostics.length > 0) {
  console.error(diagnostics.map(formatDiagnostic).join("\n"));
  process.exit(1);
}
console.log(synthesize(environments).map(summary).join("\n\n"));
