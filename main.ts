import { runCompiled } from "./compiled";

// `npm start` and cdktf's command line run this. What happens is in app.ts; here it only starts quickly.
runCompiled(__dirname, "app.ts", () => require("./app"));
