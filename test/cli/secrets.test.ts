import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Htpasswd } from "../../constructs";
import { Failure } from "../../operations/failure";
import { readLogin } from "../../operations/registry/login";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { writeRotation } from "../../operations/secrets/rotation";
import { inFolder } from "../operations/in-folder";
import { fakeContext, type Ran, runProgram } from "./fake-context";

const PATH = secretsPath("lab");

/** An environment on the engine at a socket in the project's folder; `more` is YAML. */
function write(more = ""): void {
  mkdirSync("environments", { recursive: true });
  writeFileSync(
    "environments/lab.yaml",
    `docker: { host: "unix://${resolve("engine.sock")}" }\nregistry: { host: localhost }\n${more}`,
  );
}

/** An engine that has some containers and volumes, by name. */
async function engine(containers: readonly string[] = [], volumes: readonly string[] = []): Promise<void> {
  const server = createServer(({ url = "" }, response) => {
    const answer = url.includes("/containers/json")
      ? containers.map((name) => ({ Id: name, Names: [`/${name}`], Ports: [] }))
      : url.includes("/volumes")
        ? { Volumes: volumes.map((Name) => ({ Name })) }
        : { Version: "20.10.24", ApiVersion: "1.41" };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen("engine.sock", done));
  onTestFinished(() => void server.close().closeAllConnections());
}

function failure({ error }: Ran): Failure {
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

/** Runs a command with text on standard input. */
async function runWith(input: string, ...args: string[]): Promise<Ran> {
  const { context, ran } = fakeContext();
  const { createProgram } = await import("../../cli/program.js");
  const process = Object.create(globalThis.process, { stdin: { value: Readable.from([input]) } });
  try {
    await createProgram({ ...context, process }).parseAsync(args, { from: "user" });
    return ran();
  } catch (error) {
    return ran(error);
  }
}

/** What a person pastes from a remedy: each command in it, without what stands for a value. */
function commandsIn(remedy = ""): string[][] {
  return [...remedy.matchAll(/private-registry ([a-z][^,;→\n]*)/g)].map(([, line = ""]) => line.trim().split(/\s+/));
}

inFolder();
beforeEach(() => {
  for (const name of ["CI", "TF_VAR_registry_htpasswd", "TF_VAR_registry_http_secret"]) vi.stubEnv(name, undefined);
  // Nothing that exists is named terraform here, and nothing needs it before the secrets are complete.
  vi.stubEnv("TERRAFORM_BINARY_NAME", process.execPath);
  write();
  return () => vi.unstubAllEnvs();
});

describe("secrets of a registry that exists are brought, never made", () => {
  const there: [string, () => Promise<void>, RegExp][] = [
    ["a container", () => engine(["lab-registry", "other-registry"]), /\(container lab-registry\)/],
    ["a stopped job", () => engine(["lab-bucket-init"]), /container lab-bucket-init/],
    ["a volume only", () => engine([], ["lab-rustfs-data"]), /volume lab-rustfs-data/],
    [
      "a state",
      async () => {
        mkdirSync("state");
        writeFileSync("state/lab.tfstate", JSON.stringify({ resources: [{ mode: "managed" }, { mode: "managed" }] }));
        await engine();
      },
      /state state\/lab.tfstate with 2 resources/,
    ],
    [
      "a state that cannot be read",
      async () => {
        mkdirSync("state");
        writeFileSync("state/lab.tfstate", "{");
        await engine();
      },
      /which cannot be read/,
    ],
  ];

  for (const command of [
    ["up", "lab", "--yes"],
    ["secrets", "init", "lab"],
  ]) {
    test.each(there)(`${command.join(" ")}: %s`, async (_, arrange, said) => {
      await arrange();
      const ran = await runProgram(...command);
      expect(failure(ran).message).toMatch(said);
      expect(failure(ran).message).toMatch(/lacks .*registry_htpasswd/);
      expect(() => statSync(PATH)).toThrow();
      expect(ran.out).toBe("");
    });
  }

  test("the remedies are commands that work", async () => {
    await engine(["lab-registry"]);
    await runProgram("secrets", "init", "lab", "registry_http_secret");
    const { remedy, message } = failure(await runProgram("up", "lab", "--yes"));
    // One of them is there by now.
    expect(message).not.toContain("registry_http_secret");
    const commands = commandsIn(remedy);
    expect(commands.map(([first, second]) => `${first} ${second}`)).toEqual([
      "secrets export",
      "secrets import",
      "secrets init",
    ]);
    const exported = await runProgram(...(commands[0] ?? []));
    expect(failure(await runWith("nonsense", ...(commands[1] ?? []))).message).toMatch(/no set of secrets/);
    expect((await runProgram(...(commands[2] ?? []))).error).toBeUndefined();
    expect(exported.error).toBeUndefined();
    expect(Object.keys(readSecrets(PATH))).toContain("registry_htpasswd");
  });

  test.each([
    ["is made where access is new", ["lab-registry"], false],
    ["is brought where a token server runs", ["lab-registry", "lab-token"], true],
    ["is brought where no container was seen", [], true],
  ])("the key of tokens %s", async (_, containers, isRefused) => {
    await runProgram("secrets", "init", "lab");
    write("access: { rules: [{ repository: a, who: [users], may: [pull] }] }\n");
    mkdirSync("state");
    writeFileSync("state/lab.tfstate", JSON.stringify({ resources: [{ mode: "managed" }] }));
    await engine(containers);
    const ran = await runProgram("secrets", "init", "lab");
    if (isRefused) expect(failure(ran).message).toMatch(/lacks registry_token_key\./);
    else expect(readSecrets(PATH).registry_token_key).toContain("BEGIN CERTIFICATE");
    expect(ran.error === undefined).toBe(!isRefused);
  });

  test("up goes on when they are there, in the file or in TF_VAR_…", async () => {
    await engine([]);
    await runProgram("secrets", "init", "lab");
    const { registry_htpasswd = "", ...others } = readSecrets(PATH);
    writeFileSync(PATH, JSON.stringify(others), { mode: 0o600 });
    vi.stubEnv("TF_VAR_registry_htpasswd", registry_htpasswd);
    const ran = await runProgram("up", "lab", "--yes");
    // What stands in for Terraform fails; the secrets did not stop it.
    expect(failure(ran).message).not.toMatch(/lacks/);
    expect(readSecrets(PATH)).toEqual(others);
  });

  test("what was destroyed may get new ones", async () => {
    mkdirSync("state");
    writeFileSync("state/lab.tfstate", JSON.stringify({ resources: [] }));
    await engine(["other-registry"], ["other-rustfs-data"]);
    expect((await runProgram("secrets", "init", "lab")).error).toBeUndefined();
  });

  test("an engine that does not answer stops only up", async () => {
    expect((await runProgram("secrets", "init", "lab")).err).toMatch(/does not answer, so it was not looked/);
    rmSync("secrets", { recursive: true });
    expect(failure(await runProgram("up", "lab", "--yes")).message).toMatch(/Docker does not answer/);
    expect(() => statSync(PATH)).toThrow();
  });
});

describe("the first password", () => {
  test("is shown once, and opens", async () => {
    await engine();
    const { out } = await runProgram("secrets", "init", "lab", "--user", "alice");
    const [user = "", password = ""] = out.split(" ");
    expect(user).toBe("alice");
    expect(Htpasswd.parse(readSecrets(PATH).registry_htpasswd ?? "").verifies(user, password)).toBe(true);
    expect((await runProgram("secrets", "init", "lab")).out).toBe("");
    expect(failure(await runProgram("secrets", "show", "lab")).message).toMatch(/is left to show/);
  });

  test.each(["true", "1", "woodpecker"])(
    "is printed in CI (CI=%s) only by the command that asks for it",
    async (ci) => {
      vi.stubEnv("CI", ci);
      await engine();
      for (const command of [
        ["secrets", "init", "lab"],
        ["secrets", "init", "lab"],
        ["up", "lab", "--yes"],
      ]) {
        const ran = await runProgram(...command);
        expect(ran.out).toBe("");
        expect(ran.err).toMatch(/private-registry secrets show lab/);
        const { password } = JSON.parse(readFileSync("secrets/lab.first-password.json", "utf8"));
        expect(ran.err + String(ran.error)).not.toContain(password);
      }
      const { out } = await runProgram("secrets", "show", "lab");
      expect(Htpasswd.parse(readSecrets(PATH).registry_htpasswd ?? "").verifies("admin", out.split(" ")[1] ?? "")).toBe(
        true,
      );
      expect((await runProgram("secrets", "show", "lab")).error).toBeInstanceOf(Failure);
    },
  );

  test.each([
    ["", "out"],
    ["true", "kept"],
  ])("is not lost by what fails afterwards (CI=%s)", async (ci, where) => {
    vi.stubEnv("CI", ci);
    await engine();
    // The own user's file cannot be read: the command fails when the secrets are made already.
    mkdirSync("secrets/lab.login.json", { recursive: true });
    const ran = await runProgram("secrets", "init", "lab");
    expect(ran.error).toBeInstanceOf(Failure);
    const { out } = where === "out" ? ran : await runProgram("secrets", "show", "lab");
    const [user = "", password = ""] = out.split(" ");
    expect(Htpasswd.parse(readSecrets(PATH).registry_htpasswd ?? "").verifies(user, password)).toBe(true);
  });

  test("CI=false is no CI", async () => {
    vi.stubEnv("CI", "false");
    await engine();
    expect((await runProgram("secrets", "init", "lab")).out).toMatch(/^admin /);
  });
});

describe("keys of somebody else's S3", () => {
  const S3 = 'storage: { s3: { bucket: images, region: eu-west-1, endpoint: "https://s3.example.com" } }\n';

  test("are never made, by no command", async () => {
    write(S3);
    await engine();
    const init = await runProgram("secrets", "init", "lab");
    expect(init.err).toMatch(/still needed: registry_s3_access_key.*\n.*registry_s3_secret_key/);
    const up = failure(await runProgram("up", "lab", "--yes"));
    expect(up.message).toMatch(/the keys of bucket .* at https:\/\/s3\.example\.com are made there/);
    for (const variable of ["registry_s3_access_key", undefined])
      await runProgram("secrets", "rotate", "lab", ...(variable ? [variable] : []));
    expect(Object.keys(readSecrets(PATH)).filter((name) => name.includes("s3"))).toEqual([]);
  });

  test("are kept by secrets set, and left alone by rotate", async () => {
    write(S3);
    await engine();
    await runProgram("secrets", "init", "lab");
    expect((await runWith("AKIATHEIRS\n", "secrets", "set", "lab", "registry_s3_access_key", "--stdin")).error).toBe(
      undefined,
    );
    expect(readSecrets(PATH).registry_s3_access_key).toBe("AKIATHEIRS");
    await runProgram("secrets", "rotate", "lab");
    expect(readSecrets(PATH).registry_s3_access_key).toBe("AKIATHEIRS");
    const refused = failure(await runProgram("secrets", "rotate", "lab", "registry_s3_access_key"));
    expect(refused.remedy).toContain("private-registry secrets set lab registry_s3_access_key");
    expect(failure(await runWith("\n", "secrets", "set", "lab", "registry_s3_access_key", "--stdin")).message).toMatch(
      /must not be empty/,
    );
    expect(failure(await runProgram("secrets", "set", "lab", "registry_s3_access_key")).message).toMatch(
      /No terminal to ask on/,
    );
    expect(failure(await runWith("x", "secrets", "set", "lab", "rustfs_root_access_key", "--stdin")).remedy).toMatch(
      /^known: registry_s3_access_key/,
    );
  });
});

describe("rotate", () => {
  test.each([
    ["registry_htpasswd", "private-registry users passwd lab NAME"],
    ["registry_redis_password", "private-registry secrets set lab registry_redis_password"],
    ["registry_proxy_password", "private-registry secrets set lab registry_proxy_password"],
    ["alertmanager_smtp_password", "private-registry secrets set lab alertmanager_smtp_password"],
    ["alerts_token", "private-registry secrets set lab alerts_token"],
  ])("%s is not made here, with and without --deploy", async (variable, remedy) => {
    const webhook = '{ url: "https://chat.example.com/", tokenFromVariable: alerts_token }';
    write(`monitoring: { prometheus: {}, alertmanager: { webhooks: [${webhook}] } }\n`);
    await engine();
    await runProgram("secrets", "init", "lab");
    const before = readSecrets(PATH);
    for (const more of [[], ["--deploy", "--yes"]]) {
      const refused = failure(await runProgram("secrets", "rotate", "lab", variable, ...more));
      expect(refused.remedy).toContain(remedy);
    }
    expect(readSecrets(PATH)).toEqual(before);
  });

  test("takes several names", async () => {
    await engine();
    await runProgram("secrets", "init", "lab");
    const before = readSecrets(PATH);
    const names = ["registry_http_secret", "rustfs_root_secret_key"];
    await runProgram("secrets", "rotate", "lab", ...names);
    const after = readSecrets(PATH);
    expect(
      Object.keys(after)
        .filter((name) => after[name] !== before[name])
        .sort(),
    ).toEqual(names);
  });

  test("makes nothing new while a rotation is not proven", async () => {
    await engine();
    await runProgram("secrets", "init", "lab");
    const before = { registry_http_secret: readSecrets(PATH).registry_http_secret ?? "" };
    const looked = { failedBefore: [], images: { tags: {}, missing: [], blobs: 0 } };
    writeRotation("lab", { at: "2026-01-02T03:04:05.000Z", before, ...looked });
    const refused = failure(await runProgram("secrets", "rotate", "lab"));
    expect([refused.message, refused.remedy]).toEqual([
      "The rotation of registry_http_secret, of 2026-01-02T03:04:05.000Z, is not finished",
      "private-registry secrets rotate lab --deploy goes on with it",
    ]);
    expect(readSecrets(PATH)).toMatchObject(before);
  });
});

describe("from one machine to another", () => {
  test.each([
    ["secrets", "export", "lab"],
    ["secrets", "env", "lab"],
  ])("%s %s %s, then import", async (...command) => {
    await engine();
    await runProgram("secrets", "init", "lab");
    const [secrets, login] = [readSecrets(PATH), readLogin("lab", {})];
    const { out } = await runProgram(...command);
    // What GitHub and GitLab can mask is one line; GitLab wants the alphabet of base64.
    if (command[1] === "export") expect(out).toMatch(/^[A-Za-z0-9+/=]+$/);
    rmSync("secrets", { recursive: true });
    const ran = await runWith(`${out}\n`, "secrets", "import", "lab");
    expect(ran.err).toMatch(/6 taken, 0 were there already/);
    expect({ ...readSecrets(PATH), registry_htpasswd: `${readSecrets(PATH).registry_htpasswd?.trimEnd()}\n` }).toEqual(
      secrets,
    );
    if (command[1] === "export") expect(readLogin("lab", {})).toEqual(login);
    expect(statSync(PATH).mode & 0o777).toBe(0o600);
  });

  test("a secrets file is taken as it is", async () => {
    const ran = await runWith(
      JSON.stringify({ registry_http_secret: "k".repeat(40), other: "x" }),
      "secrets",
      "import",
      "lab",
    );
    expect(ran.err).toMatch(/1 taken.*\n.*no such secret: other\n.*still needed: .*registry_htpasswd/);
    expect(readSecrets(PATH)).toEqual({ registry_http_secret: "k".repeat(40) });
  });

  test("what differs is not replaced unasked", async () => {
    const given = (letter: string) => JSON.stringify({ registry_http_secret: letter.repeat(40) });
    await runWith(given("a"), "secrets", "import", "lab");
    const refused = failure(await runWith(given("b"), "secrets", "import", "lab"));
    expect(refused.message).toMatch(/^registry_http_secret: the value here is another one/);
    expect(readSecrets(PATH).registry_http_secret).toBe("a".repeat(40));
    await runWith(given("b"), ...(commandsIn(refused.remedy)[0] ?? []));
    expect(readSecrets(PATH).registry_http_secret).toBe("b".repeat(40));
  });

  test.each(["", "{", "[]", '{"a":1}', "bm90aGluZw=="])("%s is no set of secrets, and is not quoted", async (text) => {
    const { message, remedy } = failure(await runWith(text, "secrets", "import", "lab"));
    expect(message).toMatch(/no set of secrets/);
    if (text.length > 2) expect(message + remedy).not.toContain(text);
  });

  test("users that would lock people out are refused", async () => {
    const { error } = await runWith('{"registry_htpasswd":"alice bob"}', "secrets", "import", "lab");
    expect(String(error)).toMatch(/registry_htpasswd: line 1 must be/);
    expect(() => statSync(PATH)).toThrow();
  });
});
