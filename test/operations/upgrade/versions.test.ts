import type Docker from "dockerode";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import type { DockerConnection } from "../../../operations/docker/docker";
import { changeText, readVersions } from "../../../operations/upgrade/versions";
import { imagesBefore } from "../../../operations/upgrade/way-back";

const TEXT = `
registry: { host: localhost }
images: { distribution: "registry:3.1.2", rustfs: "rustfs/rustfs:1.0.1", prometheus: "prom/prometheus:v3.16.0", ui: "joxit/docker-registry-ui:2.7.0" }
monitoring: { prometheus: {} }
ui: {}
`;

/** An engine with images, by name, and containers that were made from them; those without an image do not run. */
function engine(images: Record<string, string>, containers: Record<string, { id: string; isRunning?: boolean }>) {
  const missing = () => Promise.reject(Object.assign(new Error("no such"), { statusCode: 404 }));
  const client = {
    getImage: (name: string) => ({
      inspect: async () => {
        const id = images[name] ?? (Object.values(images).includes(name) ? name : undefined);
        const tag = Object.keys(images).find((one) => images[one] === id);
        return id ? { Id: id, RepoTags: tag ? [tag] : [] } : missing();
      },
    }),
    getContainer: (name: string) => ({
      inspect: async () => {
        const found = containers[name];
        return found ? { Image: found.id, State: { Running: found.isRunning ?? true } } : missing();
      },
      exec: async () => Promise.reject(new Error("nothing is run here")),
    }),
  };
  return { client: client as unknown as Docker } as DockerConnection;
}

function lab() {
  const { environment } = parseEnvironment(TEXT, "environments/lab.yaml");
  if (!environment) throw new Error("no environment");
  return environment;
}

const IMAGES = {
  ...{ "registry:3.1.2": "r", "rustfs/rustfs:1.0.1": "s" },
  ...{ "prom/prometheus:v3.15.0": "p15", "prom/prometheus:v3.16.0": "p16" },
  ...{ "joxit/docker-registry-ui:2.6.0": "u6", "joxit/docker-registry-ui:2.7.0": "u7" },
};
const RUNNING = {
  ...{ "lab-registry": { id: "r" }, "lab-rustfs": { id: "s" } },
  ...{ "lab-prometheus": { id: "p15" }, "lab-ui": { id: "u6" } },
};

test("an upgrade knows the images of what stands beside the registry", async () => {
  const versions = await readVersions(engine(IMAGES, RUNNING), lab());
  expect(versions.map(changeText)).toEqual([
    "Distribution registry:3.1.2 stays",
    "RustFS rustfs/rustfs:1.0.1 stays",
    "Prometheus prom/prometheus:v3.15.0 → prom/prometheus:v3.16.0",
    "docker-registry-ui joxit/docker-registry-ui:2.6.0 → joxit/docker-registry-ui:2.7.0",
  ]);
});

test("it goes back to what ran, and asks for the rest as before", async () => {
  const environment = lab();
  const versions = await readVersions(engine(IMAGES, RUNNING), environment);
  const images = { ...environment.images, mirror: "m.example.com" };
  const { distribution, rustfs, prometheus, ui, ...others } = imagesBefore({ ...environment, images }, versions);
  expect({ distribution, rustfs, prometheus, ui }).toEqual({
    ...{ distribution: "registry:3.1.2", rustfs: "rustfs/rustfs:1.0.1" },
    ...{ prometheus: "prom/prometheus:v3.15.0", ui: "joxit/docker-registry-ui:2.6.0" },
  });
  expect(others).toMatchObject({ tokenServer: expect.stringContaining("docker_auth") });
  for (const image of Object.values(others)) expect(image).toMatch(/^m\.example\.com\//);
});

test("a page that is not there yet, or is stopped, hinders none; a registry that is stopped does", async () => {
  const { "lab-ui": _, ...withoutPage } = RUNNING;
  const stopped = { ...withoutPage, "lab-prometheus": { id: "p15", isRunning: false } };
  const products = (await readVersions(engine(IMAGES, stopped), lab())).map(({ product }) => product);
  expect(products).toEqual(["Distribution", "RustFS", "Prometheus"]);
  const down = { ...RUNNING, "lab-registry": { id: "r", isRunning: false } };
  await expect(readVersions(engine(IMAGES, down), lab())).rejects.toThrow("lab-registry does not run");
});
