import { callAs } from "../operations/command";
import { howCalled } from "./called";
import { endAtSignals } from "./interruption";
import { EXIT } from "./io";
import { run } from "./run";
import { createIo } from "./terminal";

// The only place that ends the process.

// A reader that goes away, as `head` does, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
});

const io = createIo(process);
callAs(howCalled(process));
endAtSignals(process, io);
void run({ io, process }).then((code) => {
  process.exitCode = code;
});
