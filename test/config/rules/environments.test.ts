import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { loadEnvironments } from "../../../config";
import { dockerHost, pairRules } from "../../../config/rules/environments";
import { asExpected, environment, expected, minimal } from "../support";

// Each folder holds two environments, with what must be reported in the first lines of either.
const directory = relative(process.cwd(), join(__dirname, "../pairs"));

describe.each(readdirSync(directory))("%s", (name) => {
  const pair = join(directory, name);
  const { diagnostics } = loadEnvironments(pair);

  test.each(["first.yaml", "second.yaml"])("has the problems that %s says", (file) => {
    const path = join(pair, file);
    const reported = diagnostics.filter((one) => one.file === path).map(asExpected);
    expect(reported.map((line) => line.replaceAll(`${pair}/`, ""))).toEqual(expected(path));
  });
});

test("every pair rule is known by name", () => {
  expect(pairRules.map(({ id }) => id)).toEqual([
    "names-differ",
    "state-differs",
    "published-ports-differ",
    "volumes-differ",
    "namespaces-differ",
    "directories-differ",
    "subnets-differ",
    "registries-share-a-storage",
  ]);
});

test.each([
  ["unix:///var/run/docker.sock", "unix:///run/docker.sock"],
  ["ssh://alice@Docker.example.com", "ssh://bob@docker.example.com:22"],
  ["tcp://127.0.0.1:2375", "tcp://localhost:2375"],
])("%s and %s are one Docker host", (one, other) => {
  const host = (text: string) => dockerHost(environment(minimal("", `docker: { host: "${text}" }\n`)));
  expect(host(one)).toBe(host(other));
});

test.each([
  ["ssh://a@one.example.com", "ssh://a@two.example.com"],
  ["ssh://a@one.example.com", "ssh://a@one.example.com:2222"],
  ["unix:///run/docker.sock", "unix:///run/user/1000/docker.sock"],
])("%s and %s are two Docker hosts", (one, other) => {
  const host = (text: string) => dockerHost(environment(minimal("", `docker: { host: "${text}" }\n`)));
  expect(host(one)).not.toBe(host(other));
});

const STATES = [
  "{ backend: s3, bucket: state, key: k, region: us-east-1 }",
  "{ backend: s3, bucket: state, key: k, region: us-east-1, endpoint: https://s3.example.com }",
  "{ backend: http, address: https://state.example.com/k }",
  "{ backend: pg }",
  "{ backend: pg, schemaName: other }",
  "{ backend: gcs, bucket: state }",
  "{ backend: gcs, bucket: state, prefix: k }",
  "{ backend: azurerm, storageAccountName: state, containerName: state, key: k }",
  "{ backend: local, path: k }",
];
const rule = pairRules.find(({ id }) => id === "state-differs");
const withState = (name: string, state: string) => environment(minimal("", `name: ${name}\nstate: ${state}\n`));

test.each(STATES)("state %s is the same place for two, and no other's", (state) => {
  for (const other of STATES) {
    const findings = rule?.check(withState("later", state), withState("earlier", other), "earlier.yaml");
    expect(findings, other).toHaveLength(other === state ? 1 : 0);
  }
});
