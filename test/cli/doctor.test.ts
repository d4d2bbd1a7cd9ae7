import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { machines } from "../support/fake-machine";

const { deployed } = machines();

test.each([
  [
    {
      mode: "lets-encrypt",
      email: "a@example.com",
      hosts: ["registry.invalid"],
      directoryUrl: "https://ca.example.com/dir",
    },
    "failed",
  ],
  [{ mode: "none" }, "warning"],
])("a name without an address, with tls %j: %s", async (tls, status) => {
  const lab = await deployed();
  for (const [source, version] of [
    ["kreuzwerker/docker", "4.5.0"],
    ["hashicorp/null", "3.2.4"],
  ])
    mkdirSync(join(lab.folder, `.terraform.d/plugins/registry.terraform.io/${source}/${version}`), { recursive: true });
  lab.writeEnvironment({ registry: { host: "registry.invalid", tls } });
  const { out } = await lab.must("doctor", "lab", "--json");
  const { checks } = JSON.parse(out) as { checks: { id: string; status: string }[] };
  expect(checks.find(({ id }) => id === "host-name")?.status).toBe(status);
});
