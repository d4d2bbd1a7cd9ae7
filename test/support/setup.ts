import { createRequire } from "node:module";

// cdktf keeps where each token was made, a stack of any depth, which vitest translates to sources: a quarter of the time of a
// synthesis, for a text that nothing here reads.
const traces = createRequire(__filename)("cdktf/lib/tokens/private/stack-trace") as {
  captureStackTrace: () => string[];
};
traces.captureStackTrace = () => [];
