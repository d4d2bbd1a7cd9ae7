import { defineConfig } from "vitest/config";

// One project per tier: what each needs and proves is in CONTRIBUTING.md.
const tier = (name: string, include: string[], testTimeout: number) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    // Vitest leaves one processor alone, which is half of two.
    maxWorkers: "100%",
    projects: [
      // Files share their modules: loading them anew for each took as long as the tests.
      {
        test: {
          // A busy machine takes half a minute to load a provider's bindings.
          ...tier("unit", ["test/**/*.test.ts", "!test/integration/**", "!test/e2e/**", "!test/kubernetes/**"], 60_000)
            .test,
          isolate: false,
          setupFiles: ["test/support/setup.ts"],
        },
      },
      { test: { ...tier("integration", ["test/integration/**/*.test.ts"], 300_000).test, fileParallelism: false } },
      { test: { ...tier("benchmark", ["test/benchmark/**/*.bench.ts"], 600_000).test, fileParallelism: false } },
      { test: { ...tier("kubernetes", ["test/kubernetes/**/*.test.ts"], 300_000).test, fileParallelism: false } },
      { test: { ...tier("e2e", ["test/e2e/**/*.test.ts"], 600_000).test, fileParallelism: false } },
    ],
  },
});
