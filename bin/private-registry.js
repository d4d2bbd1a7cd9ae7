#!/usr/bin/env node
// A checkout runs its sources through tsx; the published package holds only dist.
const { existsSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const { join } = require("node:path");

// Since Node 22.1: keeps what V8 compiled between runs.
enableCompileCache?.();
// cdktf 0.21 calls util.isArray, which Node 22 and later warn about; nobody who runs this can change it.
process.noDeprecation = true;
if (existsSync(join(__dirname, "../cli/main.ts"))) {
  // Both of its hooks: commands are loaded by import(), which the one for require() leaves to Node 20.
  import("tsx").then(() => require("../cli/main.ts"));
} else {
  require("../dist/cli/main.js");
}
