import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DOCKER_PROVIDER } from "../../../constructs/values/required-providers";
import { findProvider } from "../../../operations/terraform/provider-search";
import { inFolder } from "../in-folder";

inFolder();

/** Speaks the protocol of provider mirrors. Terraform itself wants HTTPS. */
let server: Server;
let url: string;
const asked: string[] = [];
let versions: object;

beforeAll(async () => {
  server = createServer(({ url: path = "" }, response) => {
    asked.push(path);
    if (!path.endsWith("/kreuzwerker/docker/index.json")) response.statusCode = 404;
    response.end(JSON.stringify({ versions }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/terraform/`;
});
afterAll(() => server.close());

const configure = (file: string, more = "") => {
  mkdirSync("home", { recursive: true });
  writeFileSync(`home/${file}`, `provider_installation {\n  network_mirror {\n    url = "${url}"\n  }\n${more}}\n`);
};
const find = (host: string, source = DOCKER_PROVIDER.source) =>
  findProvider({ ...DOCKER_PROVIDER, source }, host, undefined, {
    HOME: resolve("home"),
    XDG_DATA_HOME: resolve("home/data"),
    XDG_DATA_DIRS: resolve("home/dirs"),
  });

test("a mirror on the network that the configuration names is asked in place of the registry", async () => {
  configure(".terraformrc");
  versions = { "4.5.0": {} };
  expect(await find("registry.terraform.io")).toEqual({ download: new URL(url).host });
  expect(asked.pop()).toBe("/terraform/registry.terraform.io/kreuzwerker/docker/index.json");
  expect(await find("registry.opentofu.org")).toEqual({ download: new URL(url).host });
  versions = { "3.0.2": {} };
  expect(await find("registry.terraform.io")).toEqual({ missing: expect.stringMatching(/has no version that fits/) });
  expect(await find("registry.terraform.io", "hashicorp/null")).toEqual({
    missing: `${url}registry.terraform.io/hashicorp/null/index.json answers HTTP 404`,
  });
});

test("OpenTofu's own file counts before Terraform's", async () => {
  configure(".terraformrc");
  mkdirSync("home", { recursive: true });
  writeFileSync(
    "home/.tofurc",
    'provider_installation {\n  network_mirror {\n    url = "http://127.0.0.1:1/"\n  }\n}\n',
  );
  expect(await find("registry.opentofu.org")).toEqual({
    missing: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/: /),
  });
});

test("a folder of OpenTofu's own file is looked into", async () => {
  mkdirSync("mirror/registry.opentofu.org/kreuzwerker/docker/4.5.0/linux_amd64", { recursive: true });
  mkdirSync("home", { recursive: true });
  writeFileSync(
    "home/.tofurc",
    `provider_installation {\n  filesystem_mirror {\n    path = "${resolve("mirror")}"\n  }\n}\n`,
  );
  expect(await find("registry.opentofu.org")).toEqual({ found: resolve("mirror") });
});

test("with a direct block, the registry is asked as before", async () => {
  configure(".terraformrc", "  direct {}\n");
  asked.length = 0;
  await find("registry.invalid");
  expect(asked).toEqual([]);
});
