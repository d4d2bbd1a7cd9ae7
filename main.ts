import { runCompiled } from "./bin/compiled";

// What cdktf runs; `npm start` does the same, and adds what a reviewer would say. What happens is in app.ts: here it only
// starts quickly.
runCompiled("app.ts", { bundlePackages: true }, () => require("./app"));
