import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../config";
import { buildStack, clientUrl, dataLocation } from "../../stacks";
import { environment, minimal } from "../config/support";

const read = (file: string) => parseEnvironment(readFileSync(file, "utf8"), file).environment as Environment;
const tls = (mode: string, port: number, host = "registry.example.com") =>
  environment(
    `registry: { host: "${host}", publish: { address: 127.0.0.1, port: ${port} }, tls: ${mode} }\n`,
    "environments/test.yaml",
  );

test.each<[string, Environment]>([
  ["environments/local.yaml", read("environments/local.yaml")],
  ["environments/production.yaml", read("environments/production.yaml")],
  ["test/stacks/every-key.yaml", read("test/stacks/every-key.yaml")],
  ["plain HTTP on its own port", tls("{ mode: none }", 80)],
  ["plain HTTP of an IPv6 address", tls("{ mode: none }", 5000, "::1")],
  ["a proxy with a port", tls("{ mode: behind-proxy, url: 'https://registry.example.com:8443' }", 5000)],
  ["a proxy on its scheme's port", tls("{ mode: behind-proxy, url: 'https://registry.example.com:443' }", 5000)],
  [
    "S3",
    environment(minimal("", "storage: { s3: { bucket: images, region: eu-west-1 } }\n"), "environments/test.yaml"),
  ],
  [
    "S3 elsewhere",
    environment(
      minimal("", "storage: { s3: { bucket: images, region: eu-west-1, endpoint: 'https://s3.example.com' } }\n"),
      "environments/test.yaml",
    ),
  ],
  [
    "directories",
    environment(minimal("", "storage: { rustfs: { directories: [/srv/a, /srv/b] } }\n"), "environments/test.yaml"),
  ],
])("%s: the URL and where the images are, as the constructs say them", (_, one) => {
  const stack = buildStack(one);
  expect(clientUrl(one)).toBe(stack.registry.distribution.url);
  expect(dataLocation(one)).toBe(stack.registry.dataLocation);
});
