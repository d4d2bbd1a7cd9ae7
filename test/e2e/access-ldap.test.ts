import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccessOptions, RegistryImages } from "../../constructs";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { eventually, freePort, output, RunningProcess } from "../support/process";
import { describeUnless, describeWithTools } from "../support/tools";
import { issue } from "../support/x509";
import { Deployment, docker } from "./support/deployment";
import { findImage, findNeeds } from "./support/needs";

const NAME = "people";
const BASE = "dc=example,dc=com";
const READER = "password-of-the-reader";
/** The Docker host, as the token server sees it. */
const GATEWAY = "172.30.77.1";
/** Everybody has this password there, also those who are not to be taken for themselves. */
const PASSWORD = "password-of-the-directory";
const PEOPLE = ["alice", "bob", "admin", "ci", "over", "private-registry"];

describe("end to end", async () => {
  const needs = await findNeeds();
  const server = needs.missing ? { name: "" } : await findImage(new RegistryImages().tokenServer.toString());

  describeUnless(needs.missing ?? server.missing, "rights of people whom an LDAP server knows", () => {
    describeWithTools("OpenLDAP", ["slapd", "slapadd"], (tools) => {
      const root = issue("Test Root", { ca: true });
      const directory = mkdtempSync(join(tmpdir(), "ldap-e2e-"));
      let stack: Deployment;
      let slapd: RunningProcess;
      let ports: { token: number; ldap: number; ldaps: number };

      const access = (ldap: NonNullable<AccessOptions["ldap"]>): AccessOptions => ({
        port: ports.token,
        robots: { ci: {}, over: { expires: "2020-01-01" } },
        rules: [
          { repository: "team/**", who: ["alice", "ci", "over"], may: ["pull", "push"] },
          { repository: "open", who: ["users"], may: ["pull"] },
          { repository: "**", who: ["admin"], may: ["pull", "push", "delete"] },
        ],
        ldap,
      });
      const over = (url: string, more: object = {}) =>
        access({ url, base: `ou=people,${BASE}`, bindDn: `cn=reader,${BASE}`, caFile: "certs/ca.pem", ...more });
      const write = (rights: AccessOptions) =>
        stack.write({
          images: { ...needs.images, tokenServer: server.name },
          registry: { host: "localhost", publish: { port: stack.port } },
          storage: { rustfs: { volume: { protect: false } } },
          networks: { edge: { subnet: "172.30.77.0/24", gateway: GATEWAY } },
          access: rights,
        });

      /** What somebody may do with a repository; nothing where the login is refused. */
      async function rights(user: string, password: string, repository: string) {
        const query = new URLSearchParams({
          service: `localhost:${stack.port}`,
          scope: `repository:${repository}:pull,push,delete`,
        });
        const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
        const answer = await fetch(`http://localhost:${ports.token}/auth?${query}`, { headers: { authorization } });
        if (answer.status !== 200) return answer.status;
        const [, payload = ""] = ((await answer.json()) as { token: string }).token.split(".");
        const { access } = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
          access: { actions: string[] }[];
        };
        return access[0]?.actions.join();
      }

      async function startSlapd() {
        const certificate = issue("ldap", { names: [GATEWAY], issuer: root });
        for (const [name, content] of [
          ["tls.crt", certificate.certificate],
          ["tls.key", certificate.key],
          ["ca.pem", root.certificate],
          [
            "slapd.conf",
            [
              "include /etc/ldap/schema/core.schema",
              `TLSCACertificateFile ${join(directory, "ca.pem")}`,
              `TLSCertificateFile ${join(directory, "tls.crt")}`,
              `TLSCertificateKeyFile ${join(directory, "tls.key")}`,
              "database ldif",
              `suffix ${BASE}`,
              `directory ${join(directory, "data")}`,
              "access to attrs=userPassword by anonymous auth by * none",
              `access to * by dn.exact=cn=reader,${BASE} read by anonymous auth`,
              "",
            ].join("\n"),
          ],
          [
            "people.ldif",
            [
              `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example`,
              `dn: ou=people,${BASE}\nobjectClass: organizationalUnit\nou: people`,
              `dn: cn=reader,${BASE}\nobjectClass: person\ncn: reader\nsn: reader\nuserPassword: ${READER}`,
              ...PEOPLE.map((name) =>
                [
                  `dn: uid=${name},ou=people,${BASE}\nobjectClass: person\nobjectClass: uidObject`,
                  `cn: ${name}\nsn: ${name}\nuid: ${name}\nuserPassword: ${PASSWORD}`,
                ].join("\n"),
              ),
              "",
            ].join("\n\n"),
          ],
        ] as const)
          writeFileSync(join(directory, name), content, { mode: 0o600 });
        mkdirSync(join(directory, "data"), { mode: 0o700 });
        const config = ["-f", join(directory, "slapd.conf")];
        await output(tools.slapadd, [...config, "-l", join(directory, "people.ldif")]);
        const urls = `ldap://0.0.0.0:${ports.ldap} ldaps://0.0.0.0:${ports.ldaps}`;
        slapd = new RunningProcess(tools.slapd, [...config, "-h", urls, "-d", "0"], { directory });
      }

      beforeAll(async () => {
        ports = { token: await freePort(), ldap: await freePort(), ldaps: await freePort() };
        await startSlapd();
        stack = new Deployment(needs, NAME, await freePort(), {});
        mkdirSync(join(stack.directory, "certs"));
        writeFileSync(join(stack.directory, "certs/ca.pem"), root.certificate);
        write(over(`ldaps://${GATEWAY}:${ports.ldaps}`));
        const users = Htpasswd.empty.with("admin", "password-of-admin", 4);
        stack.changeSecrets({ registry_htpasswd: users.toString(), registry_ldap_password: READER });
        expect((await stack.apply()).stderr).toBe("");
        await eventually("a login", async () => (await rights("alice", PASSWORD, "open")) === "pull");
      });
      afterAll(async () => {
        await docker("rm", "-f", `${NAME}-token`);
        await stack.remove();
        await slapd.stop();
        rmSync(directory, { recursive: true, force: true });
      });

      test("are those of their names", async () => {
        expect(await rights("alice", PASSWORD, "team/app")).toBe("pull,push");
        expect(await rights("alice", PASSWORD, "other")).toBe("");
        expect(await rights("bob", PASSWORD, "team/app")).toBe("");
        expect(await rights("bob", PASSWORD, "open")).toBe("pull");
        // The directory takes a name in any case; a rule does not.
        expect(["", 401]).toContain(await rights("Alice", PASSWORD, "team/app"));
      });

      test("are nobody's with a wrong password, none, or a name that is a search", async () => {
        expect(await rights("alice", "wrong", "open")).toBe(401);
        expect(await rights("alice", "", "open")).toBe(401);
        expect(await rights("nobody", PASSWORD, "open")).toBe(401);
        for (const name of ["*", "a*", "alice)(uid=*", "alice,ou=people"])
          expect([name, await rights(name, PASSWORD, "open")]).toEqual([name, 401]);
      });

      test("are not to be had under a name that is here: a user's, a robot's, that of our own commands", async () => {
        expect(await rights("admin", "password-of-admin", "x")).toBe("delete,pull,push");
        for (const name of ["admin", "ci", "over", "private-registry"])
          expect([name, await rights(name, PASSWORD, "open")]).toEqual([name, 401]);
      });

      test("are had over a connection that becomes TLS, and over none that is not trusted", async () => {
        write(over(`ldap://${GATEWAY}:${ports.ldap}`, { startTls: true }));
        expect((await stack.apply()).stderr).toBe("");
        expect(await rights("alice", PASSWORD, "team/app")).toBe("pull,push");
        writeFileSync(join(stack.directory, "certs/ca.pem"), issue("Other Root", { ca: true }).certificate);
        expect((await stack.apply()).stderr).toBe("");
        expect(await rights("alice", PASSWORD, "team/app")).toBe(500);
        expect(await rights("admin", "password-of-admin", "x")).toBe("delete,pull,push");
        expect((await docker("logs", `${NAME}-token`)).stderr).not.toContain(PASSWORD);
      });
    });
  });
});
