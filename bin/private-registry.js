#!/usr/bin/env node
// A checkout runs its sources as they are; the published package holds only dist.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

if (existsSync(join(__dirname, "../cli/main.ts"))) {
  require("./compiled.js").runCompiled("cli/main.ts", { bundlePackages: false }, () => {
    require("tsx/cjs");
    require("../cli/main.ts");
  });
} else {
  require("../dist/cli/main.js");
}
