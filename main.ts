import { runCompiled } from "./bin/compiled";

// `npm start` and cdktf's command line run this. What happens is in app.ts; here it only starts quickly.
runCompiled("app.ts", { bundlePackages: true }, () => require("./app"));
