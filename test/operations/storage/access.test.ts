import { expect, test } from "vitest";
import type { Environment } from "../../../config";
import type { Runtime } from "../../../operations/runtime/runtime";
import { storageAccess } from "../../../operations/storage/access";

const CREDENTIALS = "[default]\naws_access_key_id = AK\naws_secret_access_key = SK/+=\n";

/** The registry's container, with these lines of `storage.s3` and these variables. */
function docker(s3: string | undefined, env: readonly string[] = ["AWS_SHARED_CREDENTIALS_FILE=/keys"]): Runtime {
  const files: Record<string, string> = {
    "/etc/distribution/config.yml": s3 === undefined ? "storage: { inmemory: {} }\n" : `storage: { s3: { ${s3} } }\n`,
    "/keys": CREDENTIALS,
    "/ca.pem": "CA",
  };

  const environment = Object.fromEntries(env.map((line) => line.split("=")));
  const found = { find: async () => ({ environment }), readFile: async (_: string, path: string) => files[path] ?? "" };
  return found as unknown as Runtime;
}

const access = (s3: string | undefined, env?: readonly string[]) =>
  storageAccess(docker(s3, env), { name: "local" } as Environment);

test("RustFS beside the registry, with the registry's own key", async () => {
  expect(
    await access("bucket: registry, region: us-east-1, regionendpoint: http://rustfs:9000, forcepathstyle: true"),
  ).toEqual({
    ...{ url: new URL("http://rustfs:9000"), bucket: "registry", pathStyle: true, region: "us-east-1" },
    ...{ accessKey: "AK", secretKey: "SK/+=", root: "docker/registry/v2/" },
  });
});

test("a service with a CA of its own and a folder in the bucket", async () => {
  const variables = ["AWS_SHARED_CREDENTIALS_FILE=/keys", "AWS_CA_BUNDLE=/ca.pem"];
  const endpoint = "regionendpoint: https://s3.internal:9443, forcepathstyle: true";
  expect(await access(`bucket: b, region: r, ${endpoint}, rootdirectory: /team/hub/`, variables)).toMatchObject({
    ...{ url: new URL("https://s3.internal:9443"), tls: { ca: "CA" }, root: "team/hub/docker/registry/v2/" },
  });
});

test.each([
  ["bucket: b, region: eu-central-1", "https://b.s3.eu-central-1.amazonaws.com/"],
  ["bucket: b, region: cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/"],
  ["bucket: b, region: eu-central-1, secure: false, forcepathstyle: true", "http://s3.eu-central-1.amazonaws.com/"],
  ["bucket: b, region: r, regionendpoint: https://s3.example.com", "https://b.s3.example.com/"],
])("%s is asked at %s", async (s3, url) => {
  expect((await access(s3)).url.href).toBe(url);
});

test("keys of the configuration win; without any there is nothing to sign with", async () => {
  const own = await access("bucket: b, region: r, accesskey: A, secretkey: S");
  expect([own.accessKey, own.secretKey]).toEqual(["A", "S"]);
  await expect(access("bucket: b, region: r", [])).rejects.toThrow("it takes the role of its machine");
  await expect(access(undefined)).rejects.toThrow("does not keep its images in S3");
});
