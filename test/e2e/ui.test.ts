import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RegistryImages } from "../../constructs";
import { RegistryClient } from "../../operations/registry/client";
import { freePort } from "../support/process";
import { rawRequest, writeFile } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { issue } from "../support/x509";
import { Client } from "./support/client";
import { Deployment, docker } from "./support/deployment";
import { findImage, findNeeds } from "./support/needs";

const NAME = "browse";
const TLS = { mode: "certificate", certificateFile: "certs/tls.crt", keyFile: "certs/tls.key" };
const MANIFESTS = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
].join(", ");

describe("end to end", async () => {
  const needs = await findNeeds();
  const page = needs.missing ? { name: "" } : await findImage(new RegistryImages().ui.toString());

  describeUnless(needs.missing ?? page.missing, "a page to browse", () => {
    let stack: Deployment;
    let pagePort: number;
    const environment = (ui?: object, registry: object = {}) => ({
      images: { ...needs.images, ui: page.name },
      registry: { host: "localhost", publish: { port: stack.port }, ...registry },
      storage: { rustfs: { volume: { protect: false } } },
      ...(ui && { ui: { publish: { port: pagePort }, ...ui } }),
    });
    const client = (password = stack.user.password) =>
      new RegistryClient({ url: `http://127.0.0.1:${pagePort}`, login: { user: stack.user.name, password } });
    const planned = async () =>
      (await stack.plan()).changes.map(({ address, actions }) => [address, ...actions]).sort();

    beforeAll(async () => {
      pagePort = await freePort();
      stack = new Deployment(needs, NAME, await freePort(), {});
      stack.write(environment());
      expect((await stack.apply()).stderr).toBe("");
    });
    afterAll(async () => {
      await docker("rm", "-f", `${NAME}-ui`);
      await stack.remove();
    });

    test("is added beside a registry that runs on", async () => {
      stack.write(environment({}));
      expect(await planned()).toEqual([
        ["docker_container.ui", "create"],
        ["docker_image.ui_image", "create"],
      ]);
      expect((await stack.apply()).stderr).toBe("");
      expect((await stack.plan()).changes).toEqual([]);
    });

    test("is there for everybody, and what it shows for users only", async () => {
      expect((await client().request("GET", "/", { as: null })).body.toString()).toContain("<docker-registry-ui ");
      expect((await client().request("GET", "/docker-registry-ui.js", { as: null })).status).toBe(200);
      expect((await client().request("GET", "/v2/_catalog", { as: null })).status).toBe(401);
      expect((await client("wrong").request("GET", "/v2/_catalog")).status).toBe(401);
      const { status, headers } = await client().request("GET", "/v2/_catalog");
      expect(status).toBe(200);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers).not.toHaveProperty("access-control-allow-origin");
    });

    test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("passes no %s on", async (method) => {
      expect((await client().request(method, "/v2/team/image/manifests/1")).status).toBe(405);
    });

    test("deletes a manifest, and nothing else, when that is asked for", async () => {
      const developer = new Client(`localhost:${stack.port}`);
      await developer.login(stack.user.name, stack.user.password);
      await developer.push(needs.images.distribution, "team/image:1");
      stack.write(environment({ delete: true }));
      expect((await stack.apply()).stderr).toBe("");
      const found = await client().request("HEAD", "/v2/team/image/manifests/1", { headers: { accept: MANIFESTS } });
      const digest = found.headers["docker-content-digest"];
      expect((await client().request("DELETE", `/v2/team/image/blobs/${digest}`)).status).toBe(405);
      expect((await client("wrong").request("DELETE", `/v2/team/image/manifests/${digest}`)).status).toBe(401);
      expect((await client().request("DELETE", `/v2/team/image/manifests/${digest}`)).status).toBe(202);
      expect((await client().request("POST", "/v2/team/image/blobs/uploads/")).status).toBe(405);
    });

    test("takes another image alone, which images.ui names", async () => {
      const newer = "private-registry-test/ui:next";
      await docker("commit", `${NAME}-ui`, newer);
      stack.write({ ...environment({ delete: true }), images: { ...needs.images, ui: newer } });
      expect(await planned()).toEqual([
        ["docker_container.ui", "delete", "create"],
        ["docker_image.ui_image", "delete", "create"],
      ]);
      expect((await stack.apply()).stderr).toBe("");
      const { stdout: id } = await docker("image", "inspect", "--format", "{{.Id}}", newer);
      expect((await docker("inspect", "--format", "{{.Image}}", `${NAME}-ui`)).stdout).toBe(id);
      expect((await client().request("GET", "/v2/_catalog")).status).toBe(200);
      await docker("image", "rm", newer);
    });

    test("serves the registry's certificate", async () => {
      const root = issue("Test Root", { ca: true });
      const server = issue("server", { names: ["localhost"], issuer: root });
      writeFile(`${stack.directory}/certs/tls.crt`, server.certificate);
      writeFile(`${stack.directory}/certs/tls.key`, server.key);
      stack.write(environment({}, { tls: TLS }));
      expect((await stack.apply()).stderr).toBe("");
      const { name, password } = stack.user;
      const options = { servername: "localhost", ca: root.certificate, auth: `${name}:${password}` };
      const { status } = await rawRequest(`https://127.0.0.1:${pagePort}/v2/_catalog`, options);
      expect(status).toBe(200);
    });

    test("goes again, alone", async () => {
      stack.write(environment(undefined, { tls: TLS }));
      expect(await planned()).toEqual([
        ["docker_container.ui", "delete"],
        ["docker_image.ui_image", "delete"],
      ]);
    });
  });
});
