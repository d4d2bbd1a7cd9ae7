/** A TypeScript project with jest as `cdktf init` lays it out, and a test that uses this package: files by name. */
export const STOCK_PROJECT = {
  "package.json": JSON.stringify({ name: "stock", private: true, main: "main.js", types: "main.ts" }),
  "jest.config.js": `module.exports = { clearMocks: true, moduleFileExtensions: ["ts", "js", "json", "node"],
      setupFilesAfterEnv: ["<rootDir>/setup.js"], testEnvironment: "node", testMatch: ["**/__tests__/**/*.ts"],
      testPathIgnorePatterns: ["/node_modules/", ".d.ts", ".js"], transform: { "^.+\\\\.tsx?$": "ts-jest" } };`,
  "setup.js": `require("cdktf").Testing.setupJest();`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      alwaysStrict: true,
      declaration: true,
      experimentalDecorators: true,
      inlineSourceMap: true,
      inlineSources: true,
      lib: ["es2018"],
      module: "CommonJS",
      noEmitOnError: true,
      noFallthroughCasesInSwitch: true,
      noImplicitAny: true,
      noImplicitReturns: true,
      noImplicitThis: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      resolveJsonModule: true,
      strict: true,
      strictNullChecks: true,
      strictPropertyInitialization: true,
      stripInternal: true,
      target: "ES2018",
      incremental: true,
      skipLibCheck: true,
    },
    include: ["**/*.ts"],
    exclude: ["node_modules"],
  }),
  "__tests__/main-test.ts": `import "cdktf/lib/testing/adapters/jest"; // types of the matchers, as the template has it
import { Container } from "@cdktf/provider-docker/lib/container";
import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { Testing } from "cdktf";
import { PrivateRegistry } from "cdktf-private-registry";
test("a registry", () => {
  const synthesized = Testing.synthScope((scope) => {
    new DockerProvider(scope, "docker");
    new PrivateRegistry(scope, "registry");
  });
  expect(synthesized).toHaveResourceWithProperties(Container, { name: "registry-registry" });
});
`,
};
