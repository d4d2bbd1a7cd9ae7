import { createPrivateKey, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseEnvironment } from "../../config";
import { type AccessOptions, RegistryImages } from "../../constructs";
import { decide } from "../../constructs/access/rights";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { audit } from "../../operations/audit/audit";
import type { AuditEvent } from "../../operations/audit/event";
import { RegistryClient } from "../../operations/registry/client";
import { connect, requireDocker } from "../../operations/runtime/connect";
import { makeTokenKey } from "../../operations/secrets/token-key";
import { eventually, freePort } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { issue } from "../support/x509";
import { Client } from "./support/client";
import { Deployment, docker } from "./support/deployment";
import { findImage, findNeeds } from "./support/needs";

const NAME = "rights";
const USERS = ["admin", "alice", "bob", "ci", "over", "private-registry"];
const ACCESS: AccessOptions = {
  groups: { developers: ["alice", "over"] },
  robots: { ci: { expires: "2099-12-31" }, over: { expires: "2020-01-01" } },
  rules: [
    { repository: "public/**", who: ["anyone"], may: ["pull"] },
    { repository: "team/**", who: ["developers", "ci"], may: ["pull", "push"] },
    { repository: "team/app", who: ["ci"], may: ["delete"] },
    { repository: "**", who: ["admin"], may: ["pull", "push", "delete"] },
    { repository: "*", who: ["users"], may: ["pull"] },
  ],
  catalog: ["admin", "ci"],
};
const REPOSITORIES = ["public/x", "team/app", "team/b/c", "other", "deep/other"];
/** Other patterns, narrow beside wide: a right on one name is none on those that a wider pattern stands for. */
const OTHER: Pick<AccessOptions, "rules"> & { readonly repositories: readonly string[] } = {
  rules: [
    { repository: "a/b", who: ["bob"], may: ["pull", "push", "delete"] },
    { repository: "a", who: ["carol"], may: ["pull", "push"] },
    { repository: "a/*", who: ["developers"], may: ["pull"] },
    { repository: "a/b/**", who: ["anyone"], may: ["pull"] },
    { repository: "a/b/c-d/*", who: ["carol"], may: ["delete"] },
    { repository: "a-b/x.y_z", who: ["users"], may: ["pull", "push"] },
    { repository: "*", who: ["alice"], may: ["pull", "delete"] },
    { repository: "**", who: ["admin"], may: ["pull"] },
  ],
  repositories: [
    "a",
    "b",
    "a/b",
    "a/c",
    "a/b/c",
    "a/b/c-d/e",
    "a/b/c-d/e/f",
    "a-b/x.y_z",
    "a-b/xzy_z",
    "x/a/b",
    "a/bb",
  ],
};
const NOTHING = `sha256:${"0".repeat(64)}`;
const TLS = { mode: "certificate", certificateFile: "certs/tls.crt", keyFile: "certs/tls.key" };

describe("end to end", async () => {
  const needs = await findNeeds();
  const server = needs.missing ? { name: "" } : await findImage(new RegistryImages().tokenServer.toString());

  describeUnless(needs.missing ?? server.missing, "rights per repository", () => {
    let stack: Deployment;
    let port: number;
    const environment = (access?: AccessOptions, registry: object = {}) => ({
      images: { ...needs.images, tokenServer: server.name },
      registry: { host: "localhost", publish: { port: stack.port }, ...registry },
      storage: { rustfs: { volume: { protect: false } } },
      ...(access && { access: { port, ...access } }),
    });
    const planned = async () =>
      (await stack.plan()).changes.map(({ address, actions }) => [address, ...actions]).sort();
    const started = async () => {
      const inspected = await docker(
        "inspect",
        "-f",
        "{{.Id}} {{.State.StartedAt}}",
        `${NAME}-token`,
        `${NAME}-registry`,
      );
      return inspected.stdout;
    };
    const setUsers = (names: readonly string[]) => {
      const users = names.reduce((file, name) => file.with(name, `password-of-${name}`, 4), Htpasswd.empty);
      stack.changeSecrets({ registry_htpasswd: users.toString() });
    };

    /** A token as every client gets one; nothing where the token server refuses the login. */
    async function token(user: string | undefined, scope: string, service = `localhost:${stack.port}`) {
      const query = new URLSearchParams({ service, scope });
      const login = `Basic ${Buffer.from(`${user}:password-of-${user}`).toString("base64")}`;
      const headers: Record<string, string> = user === undefined ? {} : { authorization: login };
      const answer = await fetch(`http://localhost:${port}/auth?${query}`, { headers });
      return answer.status === 200 ? ((await answer.json()) as { token: string }).token : undefined;
    }
    async function ask(method: string, path: string, bearer: string | undefined) {
      const headers: Record<string, string> = bearer ? { authorization: `Bearer ${bearer}` } : {};
      return (await fetch(`http://localhost:${stack.port}/v2/${path}`, { method, headers })).status;
    }
    async function may(user: string | undefined, repository: string, action: "pull" | "push" | "delete" | "catalog") {
      const scope = action === "catalog" ? "registry:catalog:*" : `repository:${repository}:pull,push,delete`;
      const bearer = await token(user, scope);
      if (action === "catalog") return (await ask("GET", "_catalog", bearer)) === 200;
      if (action === "pull") return (await ask("GET", `${repository}/manifests/none`, bearer)) === 404;
      if (action === "push") return (await ask("POST", `${repository}/blobs/uploads/`, bearer)) === 202;
      return (await ask("DELETE", `${repository}/manifests/${NOTHING}`, bearer)) === 404;
    }

    beforeAll(async () => {
      port = await freePort();
      stack = new Deployment(needs, NAME, await freePort(), {});
      stack.write(environment());
      setUsers(USERS);
      expect((await stack.apply()).stderr).toBe("");
    });
    afterAll(async () => {
      await docker("rm", "-f", `${NAME}-token`);
      await stack.remove();
    });

    test("are added to a registry without: its users stay, and it is replaced once", async () => {
      stack.write(environment(ACCESS));
      expect(await planned()).toEqual([
        ["docker_container.distribution", "delete", "create"],
        ["docker_container.htpasswd_file", "delete", "create"],
        ["docker_container.token_server", "create"],
        ["docker_image.token_server_image", "create"],
        ["null_resource.distribution_config", "delete", "create"],
        ["null_resource.htpasswd_file_rights", "create"],
      ]);
      expect((await stack.apply()).stderr).toBe("");
      expect((await stack.plan()).changes).toEqual([]);
    });

    /** Asks the registry about every user, repository and action, and compares with what the rules say. */
    async function expectMatrix(access: AccessOptions, users: readonly string[], repositories: readonly string[]) {
      const real: Record<string, boolean> = {};
      const said: Record<string, boolean> = {};
      for (const user of [undefined, ...users.filter((name) => name !== "over")]) {
        for (const repository of repositories) {
          for (const action of ["pull", "push", "delete"] as const) {
            real[`${user} ${action} ${repository}`] = await may(user, repository, action);
            said[`${user} ${action} ${repository}`] = decide(access, user, repository, action).allowed;
          }
        }
        real[`${user} catalog`] = await may(user, "", "catalog");
        said[`${user} catalog`] = decide(access, user, undefined, "catalog").allowed;
      }
      expect(real).toEqual(said);
      expect(new Set(Object.values(said)).size).toBe(2);
    }

    test("are what the file says, for every user, repository and action", () =>
      expectMatrix(ACCESS, USERS, REPOSITORIES));

    test("end for a robot with its last day", async () => {
      expect(await token("over", "repository:team/app:pull")).toBeUndefined();
      expect(await token("ci", "repository:team/app:pull")).toBeDefined();
    });

    test("leave wrong passwords in the token server's log, and the audit has them", async () => {
      const guess = (login: string) =>
        fetch(`http://localhost:${port}/auth?service=localhost:${stack.port}&scope=repository:team/app:pull,push`, {
          headers: { authorization: `Basic ${Buffer.from(login).toString("base64")}` },
        });
      for (const login of ["alice:a-wrong-one", "typed-in-the-wrong-field:x"])
        expect((await guess(login)).status).toBe(401);
      const { environment: parsed = undefined as never } = parseEnvironment(
        stringify(environment(ACCESS)),
        `${NAME}.yaml`,
      );
      const events: AuditEvent[] = [];
      const engine = requireDocker(await connect(parsed, process.env), "read its log");
      await audit(parsed, engine, { follow: false, actions: ["failed"] }, (event) => events.push(event));
      const wrong = events.filter(({ result }) => result === "wrong user or password");
      expect(wrong.slice(-2)).toEqual([
        expect.objectContaining({ user: "alice", repository: "team/app", address: expect.stringMatching(/^[\d.]+$/) }),
        expect.not.objectContaining({ user: expect.anything() }),
      ]);
      expect(JSON.stringify(events)).not.toMatch(/a-wrong-one|typed-in|\*\*\*/);
    });

    test("hold for Docker, and for layers that are taken from another repository", async () => {
      const as = async (name: string) => {
        const client = new Client(`localhost:${stack.port}`);
        expect((await client.login(name, `password-of-${name}`)).code).toBe(0);
        return client;
      };
      const [admin, alice] = [await as("admin"), await as("alice")];
      for (const name of ["other:1", "deep/other:1"]) await admin.push(needs.images.distribution, name);
      await alice.push(needs.images.distribution, "team/app:1");
      await expect(alice.push(needs.images.distribution, "deep/other:2")).rejects.toThrow(/denied|unauthorized/);
      await expect(alice.pull("deep/other:1")).rejects.toThrow(/denied|unauthorized/);
      expect(await alice.pull("other:1")).toBe(await admin.pull("deep/other:1"));

      const admins = new RegistryClient({
        url: `http://localhost:${stack.port}`,
        login: { user: "admin", password: "password-of-admin" },
      });
      const accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
      const { body } = await admins.request("GET", "/v2/other/manifests/1", { headers: { accept } });
      const { digest } = JSON.parse(body.toString()).config;
      const mount = async (from: string) => {
        const scopes = `repository:team/new:pull,push&scope=repository:${from}:pull`;
        const query = `service=localhost:${stack.port}&scope=${scopes}`;
        const headers = { authorization: `Basic ${Buffer.from("alice:password-of-alice").toString("base64")}` };
        const answer = await fetch(`http://localhost:${port}/auth?${query}`, { headers });
        const { token: bearer } = (await answer.json()) as { token: string };
        return ask("POST", `team/new/blobs/uploads/?mount=${digest}&from=${from}`, bearer);
      };
      expect(await mount("other")).toBe(201);
      expect(await mount("deep/other")).toBe(401);
    });

    test("are in tokens of this registry's own, whole and in time", async () => {
      const path = "team/app/manifests/1";
      const good = (await token("alice", "repository:team/app:pull")) ?? "";
      const [, payload = ""] = good.split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { exp: number; iat: number };
      expect(claims.exp - claims.iat).toBe(300);
      const key = (secret = stack.secrets.registry_token_key ?? "") =>
        createPrivateKey(secret.slice(secret.indexOf("-----BEGIN PRIVATE KEY-----")));
      const signed = (changes: object, by = key()) => {
        const text = `${good.split(".")[0]}.${Buffer.from(JSON.stringify({ ...claims, ...changes })).toString("base64url")}`;
        return `${text}.${sign("sha256", Buffer.from(text), by).toString("base64url")}`;
      };
      const now = Math.floor(Date.now() / 1000);
      expect(await ask("GET", path, signed({}))).toBe(200);
      expect(await ask("GET", path, signed({ exp: now - 120, nbf: now - 400 }))).toBe(401);
      expect(await ask("GET", path, signed({ aud: "registry.example.com" }))).toBe(401);
      expect(await ask("GET", path, signed({ iss: "other-token" }))).toBe(401);
      expect(await ask("GET", path, signed({}, key(makeTokenKey())))).toBe(401);
      const other = Buffer.from(JSON.stringify({ ...claims, sub: "admin" })).toString("base64url");
      expect(await ask("GET", path, good.replace(payload, other))).toBe(401);
      expect(await ask("GET", path, await token("alice", "repository:team/app:pull", "registry.example.com"))).toBe(
        401,
      );
      expect(await ask("GET", path, undefined)).toBe(401);
    });

    test("and users change within seconds, while the registry answers and nothing is replaced", async () => {
      const before = await started();
      const held = await token("alice", "repository:team/app:pull");
      const statuses = new Set<number>();
      const timer = setInterval(
        () => void ask("GET", "team/app/manifests/1", held).then((one) => statuses.add(one)),
        50,
      );
      try {
        const rules = [...ACCESS.rules, { repository: "deep/**", who: ["bob"], may: ["pull" as const] }];
        stack.write(environment({ ...ACCESS, rules }));
        setUsers([...USERS.filter((name) => name !== "ci"), "carol"]);
        const { text, changes } = await stack.plan();
        expect(text).toMatch(/"deep\/\*\* for bob"\s*=\s*"pull"/);
        expect(changes.map(({ address, actions }) => [address, ...actions]).sort()).toEqual([
          ["docker_container.htpasswd_file", "delete", "create"],
          ["null_resource.htpasswd_file_rights", "delete", "create"],
        ]);
        expect((await stack.apply()).stderr).toBe("");
        await eventually("a right that was given", () => may("bob", "deep/other", "pull").catch(() => false));
        await eventually("a user who was added", () => token("carol", "repository:other:pull").catch(() => false));
        expect(await token("ci", "repository:team/app:pull")).toBeUndefined();
      } finally {
        clearInterval(timer);
      }
      expect([...statuses]).toEqual([200]);
      expect(await started()).toBe(before);
    });

    test("are what the file says with other patterns, narrow ones beside wide ones", async () => {
      const access = { ...ACCESS, rules: OTHER.rules };
      stack.write(environment(access));
      expect((await stack.apply()).stderr).toBe("");
      await eventually("the new rules", () => may("bob", "a/b", "delete").catch(() => false));
      const users = USERS.filter((name) => name !== "ci").concat("carol");
      await expectMatrix(access, users, OTHER.repositories);
    });

    test("are given with the registry's certificate", async () => {
      const root = issue("Test Root", { ca: true });
      const certificate = issue("server", { names: ["localhost"], issuer: root });
      writeFile(`${stack.directory}/certs/tls.crt`, certificate.certificate);
      writeFile(`${stack.directory}/certs/tls.key`, certificate.key);
      stack.write(environment(ACCESS, { tls: TLS }));
      expect((await stack.apply()).stderr).toBe("");
      const request = (user: string, path: string) =>
        new RegistryClient({
          url: `https://localhost:${stack.port}`,
          ca: [root.certificate],
          login: { user, password: `password-of-${user}` },
        }).request("GET", path);
      expect((await request("bob", "/v2/other/tags/list")).status).toBe(200);
      expect((await request("bob", "/v2/deep/other/tags/list")).status).toBe(401);
    });

    test("go again, and passwords alone decide", async () => {
      stack.write(environment());
      expect(await planned()).toEqual([
        ["docker_container.distribution", "delete", "create"],
        ["docker_container.htpasswd_file", "delete", "create"],
        ["docker_container.token_server", "delete"],
        ["docker_image.token_server_image", "delete"],
        ["null_resource.distribution_config", "delete", "create"],
        ["null_resource.htpasswd_file_rights", "delete"],
      ]);
      expect((await stack.apply()).stderr).toBe("");
      const headers = { authorization: `Basic ${Buffer.from("bob:password-of-bob").toString("base64")}` };
      const answer = await fetch(`http://localhost:${stack.port}/v2/deep/other/tags/list`, { headers });
      expect(answer.status).toBe(200);
    });
  });
});
