import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { PrivateRegistry, type PrivateRegistryProps, RegistryStorage } from "../../../constructs";
import { environmentOf, fileOf, find, synthesize } from "../../support/synth";

const S3 = { bucket: "images", region: "eu-west-1", endpoint: "https://s3.example.com" } as const;

const make = (props: PrivateRegistryProps = {}) => {
  const stack = synthesize(
    (scope) => void new PrivateRegistry(scope, "registry", { storage: RegistryStorage.s3(S3), ...props }),
  );
  return {
    stack,
    proof: find(stack, "docker_container", "storage-proof"),
    registry: find(stack, "docker_container", "distribution"),
  };
};

describe("StorageProof", () => {
  test("is a job with the registry's image, storage, key and networks, and with nothing that opens it", () => {
    const { proof, registry } = make({
      storage: RegistryStorage.s3({ ...S3, rootDirectory: "here", caFile: __filename }),
      registry: {
        extraNetworks: ["monitoring"],
        configuration: {
          storage: { maintenance: { uploadpurging: { enabled: false } }, cache: { blobdescriptor: "redis" } },
          redis: { addrs: ["redis:6379"] },
        },
      },
    });
    expect(proof).toMatchObject({ attach: true, must_run: false, restart: "no", image: registry.image });
    const config = parse(fileOf(proof, "/job/config.yml"));
    expect(config.storage.s3).toEqual(
      parse(fileOf(registry, "/etc/distribution/config.yml").replace(/\$\{.*\}/g, '""')).storage.s3,
    );
    expect(Object.keys(config).sort()).toEqual(["http", "log", "storage", "version"]);
    expect(config.http.addr).toBe("127.0.0.1:5000");
    expect(config.storage.cache).toBeUndefined();
    for (const file of ["/run/secrets/s3-credentials", "/etc/distribution/certs/s3-ca.pem"]) {
      const of = (uploads: { file: string }[]) => uploads.find((upload) => upload.file === file);
      expect(of(proof.upload)).toEqual(of(registry.upload));
    }
    expect(proof.networks_advanced).toHaveLength(2);
    expect(proof.networks_advanced).toEqual(registry.networks_advanced.map(({ name }: { name: string }) => ({ name })));
    expect(proof.ports).toBeUndefined();
  });

  test("with a machine's role there is no key to hand over", () => {
    const { proof } = make({ storage: RegistryStorage.s3({ ...S3, keysFrom: "machine-role" }) });
    expect(environmentOf(proof)).not.toHaveProperty("AWS_SHARED_CREDENTIALS_FILE");
  });

  test("writes nothing for a registry that is read-only", () => {
    expect(environmentOf(make().proof).PROVE).toBe("write");
    const readOnly = { configuration: { storage: { maintenance: { readonly: { enabled: true } } } } };
    expect(environmentOf(make({ registry: readOnly }).proof).PROVE).toBe("read");
  });

  test("is not there with RustFS, where the bucket job proves the same", () => {
    const stack = synthesize((scope) => void new PrivateRegistry(scope, "registry"));
    expect(JSON.stringify(stack)).not.toContain("storage-proof");
    expect(environmentOf(find(stack, "docker_container", "bucket-init")).PROVE).toBe("write");
  });
});
