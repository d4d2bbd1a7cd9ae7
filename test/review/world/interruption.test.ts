import { expect, test } from "vitest";
import { serveCommand, serveFile } from "../../../constructs/registry/serve";
import { found, plan, registry } from "../builder";

function replaced(more: Record<string, unknown>): string | undefined {
  const changed = { ...more, hostname: "a" };
  return found(
    plan({ "docker_container.reg": { before: registry(more), after: registry(changed) } }),
    "registry-replaced",
  )[0]?.message;
}

const served = (stopTimeoutSeconds: number) => ({
  command: serveCommand({
    configurationFile: "/etc/distribution/config.yml",
    debugPort: 5001,
    drainTimeoutSeconds: 1,
    stopTimeoutSeconds,
  }),
  upload: [{ file: serveFile().path, content: serveFile().content }],
  destroy_grace_seconds: stopTimeoutSeconds,
});

test("a registry of ours lets what runs end, and the review says how long", () => {
  expect(replaced(served(80))).toContain(
    "clients are refused for about 0.5 s (measured). Before that, pushes and pulls that run have up to 74 s to end, and others are served meanwhile.",
  );
});

test.each([
  ["another one", { destroy_grace_seconds: 15 }, " While a push or pull runs, for up to 15 s; that push may fail."],
  ["one without time for it", served(6), " While a push or pull runs, for up to 6 s; that push may fail."],
])("%s closes its port first, and refuses everybody as long as it drains", (_, more, said) => {
  expect(replaced(more)).toContain(`clients are refused for about 0.5 s (measured).${said}`);
});

test("one without grace cuts off what runs", () => {
  expect(replaced({ destroy_grace_seconds: 0 })).not.toMatch(/pushes and pulls that run|that push/);
});
