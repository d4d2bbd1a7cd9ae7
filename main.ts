import { formatDiagnostic } from "./config";
import { readEnvironments, summary, synthesize } from "./stacks";

// Every file in environments/ becomes a stack of the same name. cdktf runs this; `npm start` adds what a reviewer would say.
const { environments, diagnostics } = readEnvironments("environments");
if (diagnostics.length > 0) {
  console.error(diagnostics.map(formatDiagnostic).join("\n"));
  process.exit(1);
}
console.log(
  synthesize(environments)
    .map((stack) => summary(stack))
    .join("\n\n"),
);
