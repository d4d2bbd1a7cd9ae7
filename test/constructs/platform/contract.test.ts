import { expect, test } from "vitest";
import { PrivateRegistry, type PrivateRegistryProps, RegistryStorage, type StorageContext } from "../../../constructs";
import { RecordingPlatform } from "../../support/recording-platform";
import { synthesize } from "../../support/synth";

const record = (props: PrivateRegistryProps = {}, platform = new RecordingPlatform()) => {
  synthesize((scope) => void new PrivateRegistry(scope, "lab", { platform, ...props }));
  return platform;
};

const portsOf = ({ services }: RecordingPlatform) =>
  Object.fromEntries(Object.entries(services).map(([name, { ports }]) => [name, ports?.map(({ port }) => port)]));

test("what a platform cannot do is refused before anything is made", () => {
  const platform = new RecordingPlatform();
  platform.cannot = [{ option: "registry.restart", rule: "is decided by the cluster", got: "no", fix: "remove it" }];
  expect(() => record({}, platform)).toThrow("'registry.restart' is decided by the cluster, got no: remove it");
  expect(platform.objects()).toEqual([]);
});

test("a platform is told every port that others use, published or not", () => {
  const plain = record();
  expect(portsOf(plain)).toEqual({ "lab-registry": [5000], "lab-rustfs": [9000] });
  expect(plain.services["lab-rustfs"]?.ports?.[0]?.published).toBeUndefined();
  const watched = record({ monitoring: { prometheus: {} }, ui: {} });
  expect(portsOf(watched)).toEqual({
    "lab-registry": [5000, 5001],
    "lab-rustfs": [9000],
    "lab-prometheus": [9090],
    "lab-ui": [8080],
  });
});

test("Prometheus has nothing to do with a storage server that sends it no metrics", () => {
  const storage = RegistryStorage.rustfs();
  const bind = storage.bind.bind(storage);
  storage.bind = (scope, context: StorageContext) => ({ ...bind(scope, context), alertGroup: undefined });
  const { services, jobs } = record({ storage, monitoring: { prometheus: {} } });
  expect(services["lab-prometheus"]?.networks?.map(({ id }) => id)).toEqual(["lab-edge-id"]);
  expect(jobs["lab-prometheus-files"]?.files?.[0]?.content).not.toContain("RustFs");
});
