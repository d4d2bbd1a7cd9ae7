import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../config";
import { storageSchema } from "../../config/schema/storage";
import { RegistryStorage } from "../../constructs";
import { containerNames, storageServer } from "../../stacks";

function environment(storage: string): Environment {
  const { environment, diagnostics } = parseEnvironment(
    `registry: { host: localhost }\nstorage: ${storage}\n`,
    "lab.yaml",
  );
  if (!environment) throw new Error(JSON.stringify(diagnostics));
  return environment;
}

test("RustFS on a volume", () => {
  const lab = environment("{ rustfs: { memoryMb: 4096, console: {} } }");
  expect(storageServer(lab)).toMatchObject({
    ...{ container: "lab-rustfs", memoryMb: 4096, directories: [], dataPaths: ["/data"] },
    volume: { name: "lab-rustfs-data", protect: true },
    ports: [
      { id: "s3", published: undefined },
      { id: "console", published: { address: "127.0.0.1", port: 9001 } },
    ],
  });
  expect(containerNames(lab)).toEqual(["lab-registry", "lab-rustfs"]);
  const watched = parseEnvironment("registry: { host: localhost }\nmonitoring: { prometheus: {} }\n", "lab.yaml");
  expect(watched.environment && containerNames(watched.environment)).toEqual([
    ...containerNames(lab),
    "lab-prometheus",
  ]);
});

test("RustFS on directories has no volume", () => {
  const one = storageServer(environment("{ rustfs: { directories: [/srv/a] } }"));
  expect([one?.volume, one?.dataPaths]).toEqual([undefined, ["/data"]]);
  const two = storageServer(environment("{ rustfs: { directories: [/srv/a, /srv/b] } }"));
  expect([two?.volume, two?.dataPaths]).toEqual([undefined, ["/drives/0", "/drives/1"]]);
});

test("an S3 service that exists is no server of ours", () => {
  const lab = environment("{ s3: { region: us-east-1, bucket: images } }");
  expect(storageServer(lab)).toBeUndefined();
  expect(containerNames(lab)).toEqual(["lab-registry"]);
});

test("a section below storage has the name of the factory that takes its options", () => {
  expect(Object.keys(storageSchema.shape).sort()).toEqual(Object.keys(RegistryStorage).sort());
});
