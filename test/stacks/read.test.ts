import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatDiagnostic, parseEnvironment } from "../../config";
import { readEnvironments } from "../../stacks";
import { constructProblems } from "../../stacks/read";
import { temporaryDirectory } from "../support/process";

const path = temporaryDirectory();
const problems = (text: string) =>
  parseEnvironment(text, "prod.yaml", (environment) => constructProblems(environment)).diagnostics.map(
    formatDiagnostic,
  );

const HEAD = "registry:\n  host: registry.example.com\n  publish: { address: 0.0.0.0, port: 443 }\n";

describe("what only the constructs know is a problem of the file, at its key", () => {
  test.each<[string, string, string]>([
    [
      "a misspelt key of Distribution's",
      "registry:\n  host: localhost\n  configuration:\n    http:\n      adr: ':1'\n",
      "prod.yaml:5:12 registry.configuration.http.adr: is no key of Distribution's configuration, do: ",
    ],
    [
      "a value that Distribution would not take",
      "registry:\n  host: localhost\n  configuration: { log: { level: loud } }\n",
      'prod.yaml:3:34 registry.configuration.log.level: must be error, warn, info or debug, got "loud", do: ',
    ],
    [
      "a key that is missing",
      "registry:\n  host: localhost\n  configuration: { redis: { db: 3 } }\n",
      "prod.yaml:3:20 registry.configuration.redis.addrs: is required, do: ",
    ],
    [
      "what would leave the registry open",
      "registry:\n  host: localhost\n  configuration: { auth: null }\n",
      "prod.yaml:3:26 registry.configuration.auth: must not be removed",
    ],
    [
      "a certificate that is not there",
      `${HEAD}  tls: { mode: certificate, certificateFile: 'C:\\certs\\tls.crt', keyFile: tls.key }\n`,
      'prod.yaml:4:46 registry.tls.certificateFile: must be a file that can be read here, got "C:\\\\certs\\\\tls.crt (ENOENT)", do: the path',
    ],
    [
      "a CA of the storage that is not there",
      "registry: { host: localhost }\nstorage:\n  s3: { region: r1, bucket: abc, endpoint: https://s3, caFile: none.pem }\n",
      "prod.yaml:3:64 storage.s3.caFile: must be a file that can be read here",
    ],
  ])("%s", (_, text, expected) => {
    const [first, ...others] = problems(text);
    expect(first).toContain(expected);
    expect(others).toEqual([]);
  });

  test("together with what the file's own rules find, and nothing twice", () => {
    const text = "registry:\n  host: localhost\n  publish: { port: 0 }\n  configuration: { log: { level: loud } }\n";
    expect(problems(text).map((line) => line.split(": ")[0])).toEqual([
      "prod.yaml:3:20 registry.publish.port",
      "prod.yaml:4:34 registry.configuration.log.level",
    ]);
  });
});

test("files of an environment that is not worked on may be on another machine", () => {
  mkdirSync(path("environments"));
  writeFileSync(path("environments/local.yaml"), "registry: { host: localhost }\n");
  writeFileSync(
    path("environments/prod.yaml"),
    `${HEAD}  tls: { mode: certificate, certificateFile: none.crt, keyFile: none.key }\n`,
  );
  const found = (withFiles?: string[]) =>
    readEnvironments(path("environments"), withFiles).diagnostics.map(({ path }) => path);
  expect(found()).toEqual(["registry.tls.certificateFile"]);
  expect(found(["local"])).toEqual([]);
  expect(found(["prod"])).toEqual(["registry.tls.certificateFile"]);
});
