import type Docker from "dockerode";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import type { DockerConnection } from "../../../operations/docker/docker";
import { findDrift } from "../../../operations/docker/drift";
import { synthesizeStack } from "../../../operations/terraform/stack";
import { inFolder } from "../in-folder";

const TEXT = `
registry: { host: localhost }
images: { distribution: "registry:3", rustfs: "rustfs/rustfs:1", prometheus: "prom/prometheus:v3", ui: "ui:2" }
monitoring: { prometheus: {} }
ui: {}
`;
const IMAGES: Record<string, string> = {
  "registry:3": "a",
  "rustfs/rustfs:1": "b",
  "prom/prometheus:v3": "c",
  "ui:2": "d",
};

/** An engine on which each container runs an image. */
function engineWith(running: Record<string, string>, PortBindings: object = {}): DockerConnection {
  const client = {
    getImage: (name: string) => ({ inspect: async () => ({ Id: IMAGES[name] }) }),
    getContainer: (name: string) => ({
      inspect: async () => ({
        Image: running[name],
        State: { Running: true },
        NetworkSettings: { Networks: {} },
        HostConfig: { PortBindings },
        Mounts: [],
        // What Docker says of an image without variables.
        Config: { Env: null, Labels: {} },
      }),
      getArchive: async () => Promise.reject(new Error("nothing there")),
    }),
  };
  return { client: client as unknown as Docker } as DockerConnection;
}

inFolder();

test.each([
  ["one address", "127.0.0.1", ["127.0.0.1"], []],
  ["every address", "all", ["0.0.0.0", "::"], []],
  ["every address, in another order", "all", ["::", "0.0.0.0"], []],
  [
    "an address too many",
    "127.0.0.1",
    ["127.0.0.1", "0.0.0.0"],
    ["lab-registry: port 5000/tcp is 0.0.0.0:5000, 127.0.0.1:5000, should be 127.0.0.1:5000"],
  ],
  [
    "an address that is missing",
    "all",
    ["0.0.0.0"],
    ["lab-registry: port 5000/tcp is 0.0.0.0:5000, should be 0.0.0.0:5000, [::]:5000"],
  ],
])("published ports: %s", async (_, address, bound, drift) => {
  const reason = 'tls: { mode: none, reason: "a test of what is published" }';
  const text = `registry: { host: localhost, publish: { address: "${address}" }, ${reason} }\n`;
  const { environment } = parseEnvironment(text, "environments/lab.yaml");
  if (!environment) throw new Error("no environment");
  const ports = { "5000/tcp": bound.map((HostIp) => ({ HostIp, HostPort: "5000" })) };
  const found = await findDrift(engineWith({}, ports), synthesizeStack([environment], "lab"));
  expect(found.filter((one) => one.startsWith("lab-registry: port "))).toEqual(drift);
});

test("each image is compared with the container that uses it", async () => {
  const { environment } = parseEnvironment(TEXT, "environments/lab.yaml");
  if (!environment) throw new Error("no environment");
  const stack = synthesizeStack([environment], "lab");
  const images = async (running: Record<string, string>) =>
    (await findDrift(engineWith(running), stack)).filter((one) => one.includes("another image"));
  const right = { "lab-registry": "a", "lab-rustfs": "b", "lab-prometheus": "c", "lab-ui": "d" };
  expect(await images(right)).toEqual([]);
  expect(await images({ ...right, "lab-prometheus": "old" })).toEqual([
    "lab-prometheus runs another image than prom/prometheus:v3",
  ]);
  expect(await images({ ...right, "lab-ui": "old" })).toEqual(["lab-ui runs another image than ui:2"]);
});
