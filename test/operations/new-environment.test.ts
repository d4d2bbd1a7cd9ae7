import { describe, expect, test } from "vitest";
import { formatDiagnostic, parseEnvironment } from "../../config";
import { environmentText, type NewEnvironment } from "../../operations/new-environment";

const LOCAL: NewEnvironment = {
  name: "local",
  host: "localhost",
  port: 5001,
  address: "127.0.0.1",
  tls: { mode: "none" },
  protect: false,
};

const DECIDED: readonly NewEnvironment[] = [
  LOCAL,
  {
    ...LOCAL,
    host: "registry.example.com",
    port: 443,
    address: "0.0.0.0",
    protect: true,
    tls: { mode: "lets-encrypt", email: "a@example.com" },
  },
  { ...LOCAL, address: "::1", tls: { mode: "certificate", certificate: "a.pem", key: "a.key" } },
  { ...LOCAL, host: "registry.example.com", tls: { mode: "behind-proxy", url: "https://registry.example.com" } },
  { ...LOCAL, s3: { bucket: "images", region: "eu-central-1" } },
  { ...LOCAL, s3: { bucket: "images", region: "us-east-1", endpoint: "https://s3.example.com:9000" } },
  { ...LOCAL, dockerHost: "ssh://build-host" },
  { ...LOCAL, dockerHost: "ssh://deploy@registry.example.com", mirror: "mirror.example.com/hub" },
];

describe("environmentText", () => {
  test.each(DECIDED)("is valid by construction: $tls.mode at $host on $address", (decided) => {
    const { environment, diagnostics } = parseEnvironment(environmentText(decided, true), "environments/local.yaml");
    expect(diagnostics.filter(({ rule }) => !/must be a file/.test(rule)).map(formatDiagnostic)).toEqual([]);
    if (!environment) return;
    const { registry, storage } = environment;
    expect(registry.host).toBe(decided.host);
    expect(registry.publish).toEqual({ address: decided.address, port: decided.port });
    expect(registry.tls.mode).toBe(decided.tls.mode);
    expect(storage.rustfs?.volume?.protect).toBe(decided.s3 ? undefined : decided.protect);
    if (decided.s3) expect(storage.s3).toMatchObject(decided.s3);
    else expect(storage.s3).toBeUndefined();
    expect(environment.docker?.host).toBe(decided.dockerHost ?? "unix:///var/run/docker.sock");
  });

  test("says what each line is for", () => {
    expect(environmentText(LOCAL, false)).toMatchInlineSnapshot(`
      "# A private registry. What is not written here has a safe default; docs/reference/environment.md of the project has every key.
      # No secret belongs in here: \`npx private-registry secrets init\` makes them.

      registry:
        host: localhost # docker login localhost:5001
        publish: # on the Docker host
          address: "127.0.0.1" # this machine only
          port: 5001
        tls:
          mode: none # on loopback only: passwords cross the connection in the clear

      storage:
        rustfs:
          volume:
            protect: false # \`down\` takes the images along
      "
    `);
  });
});
