import { formatDiagnostic, loadEnvironments } from "./config";
import { summary, synthesize } from "./stacks";

// Every file in environments/ becomes a stack of the same name, and a few lines about what it will be.
const { environments, diagnostics } = loadEnvironments("environments");
if (diagnostics.length > 0) {
  console.error(diagnostics.map(formatDiagnostic).join("\n"));
  process.exit(1);
}
console.log(
  synthesize(environments)
    .map((stack) => summary(stack))
    .join("\n\n"),
);
