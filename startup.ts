import * as module from "node:module";

// Imported first, for the sake of a quick start and a quiet one.

// With source maps on, Node parses the map inside every file of cdktf: 0.08 s. `NODE_OPTIONS=--enable-source-maps` wins.
if (!process.execArgv.includes("--enable-source-maps")) process.setSourceMapsEnabled(false);

// Node 22.8 and later keep what they compiled.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();

// cdktf 0.21 calls util.isArray, which Node 22 and later warn about; nobody who runs this can change it.
process.noDeprecation = true;
