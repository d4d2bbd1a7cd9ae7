import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { Htpasswd, RegistryTls } from "../../constructs";
import { type Check, Checks } from "../../operations/verify/check";
import { type OutsideExpectations, verifyOutside } from "../../operations/verify/verify";
import { freePort, output, temporaryDirectory } from "../support/process";
import { RegistryProcess, writeFile } from "../support/registry-process";
import { describeWithTools } from "../support/tools";

const FILES = RegistryTls.certificate({ certificateFile: "tls.crt", keyFile: "tls.key" });
const LOGIN = { user: "verify", password: "a-password-of-the-test" };

/** A registry that is wrong in one way, and which of the checks must find it. */
interface Wrong {
  readonly title: string;
  /** Keys over those of a registry that is right; `null` removes one. */
  readonly keys?: Record<string, unknown>;
  readonly tls?: "good" | "expired" | "other-name" | "untrusted";
  readonly expected?: Partial<OutsideExpectations["roundTrip"]>;
  readonly finds: Record<string, RegExp>;
}

const UNREACHABLE = "http://rustfs.invalid:9000/";

const WRONG: readonly Wrong[] = [
  { title: "anonymous requests are allowed", keys: { auth: null }, finds: { anonymous: /answered 200 to nobody/ } },
  {
    title: "clients are redirected to a name that they cannot reach",
    keys: { middleware: { storage: [{ name: "redirect", options: { baseurl: UNREACHABLE } }] } },
    finds: { pull: /clients are sent to http:\/\/rustfs\.invalid:9000/ },
  },
  {
    title: "deletions are off, and the environment says that they are on",
    keys: { "storage.delete": { enabled: false } },
    finds: { delete: /refuses deletions/ },
  },
  {
    title: "it is read-only, and the environment says that it is not",
    keys: { "storage.maintenance": { readonly: { enabled: true } } },
    finds: { push: /takes no pushes/ },
  },
  {
    title: "it takes pushes, and the environment says that it is read-only",
    expected: { readOnly: true },
    finds: { push: /HTTP 202, expected 405/ },
  },
  { title: "the users' file has another password", keys: { users: "someone" }, finds: { login: /refuses verify/ } },
  { title: "the certificate has ended", tls: "expired", finds: { certificate: /ended on/ } },
  { title: "the certificate is another name's", tls: "other-name", finds: { certificate: /is for other\.example/ } },
  { title: "nobody vouches for the certificate", tls: "untrusted", finds: { certificate: /trust|verify/ } },
  {
    title: "its storage does not answer",
    keys: {
      "storage.filesystem": null,
      "storage.s3": { bucket: "b", region: "us-east-1", regionendpoint: "http://127.0.0.1:9", forcepathstyle: true },
    },
    finds: { push: /HTTP 50\d/ },
  },
];

describeWithTools("verify, against a real registry on a file system", ["registry"], ({ registry }) => {
  const path = temporaryDirectory();
  const running: RegistryProcess[] = [];
  afterAll(() => Promise.all(running.map((one) => one.stop())));
  let count = 0;

  async function start({ keys = {}, tls }: Pick<Wrong, "keys" | "tls">) {
    count += 1;
    const directory = path(String(count));
    const port = await freePort();
    const htpasswd = Htpasswd.empty.with(String(keys.users ?? LOGIN.user), LOGIN.password).toString();
    const certificate = tls && (await makeCertificate(directory, tls));
    const configuration: Record<string, unknown> = {
      version: "0.1",
      log: { level: "error" },
      storage: {
        filesystem: { rootdirectory: join(directory, "data") },
        delete: { enabled: true },
        redirect: { disable: false },
      },
      auth: { htpasswd: { realm: "test", path: writeFile(join(directory, "htpasswd"), htpasswd) } },
      http: { addr: `127.0.0.1:${port}`, secret: "s".repeat(32), ...(certificate && { tls: certificate.files }) },
    };
    for (const [key, value] of Object.entries(keys)) if (key !== "users") put(configuration, key.split("."), value);
    const file = writeFile(join(directory, "config.yml"), stringify(configuration));
    running.push(
      await RegistryProcess.start(registry, file, port, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" }),
    );
    return { url: `${tls ? "https" : "http"}://localhost:${port}`, caFiles: certificate && [certificate.ca] };
  }

  async function verify(wrong: Pick<Wrong, "keys" | "tls" | "expected">, more: Partial<OutsideExpectations> = {}) {
    const { url, caFiles } = await start(wrong);
    const checks = new Checks();
    await verifyOutside(checks, {
      url,
      login: LOGIN,
      caFiles: wrong.tls === "untrusted" ? [] : caFiles,
      roundTrip: { delete: true, readOnly: false, pullThrough: false, behindProxy: false, ...wrong.expected },
      tls: { tls: wrong.tls ? FILES : RegistryTls.none(), environment: "test" },
      ...more,
    });
    return checks.all;
  }

  test("a registry that is right passes", async () => {
    const checks = await verify({});
    expect(failures(checks)).toEqual([]);
    expect(checks.map(({ id }) => id)).toEqual([
      ...["name", "reachable", "anonymous", "wrong-password", "login", "push", "pull", "delete"],
    ]);
  });

  test("one with TLS passes, its CA given", async () => {
    expect(failures(await verify({ tls: "good" }))).toEqual([]);
  });

  test.for(WRONG)("found: $title", async (wrong) => {
    const checks = await verify(wrong);
    const found = failures(checks).map(({ id, detail }) => [id, detail] as const);
    for (const [id, pattern] of Object.entries(wrong.finds)) {
      expect(Object.fromEntries(found)[id], JSON.stringify(checks)).toMatch(pattern);
    }
    // The cause, not what follows from it.
    expect(found.map(([id]) => id)).toEqual(Object.keys(wrong.finds));
  });

  test("no password goes over a connection that cannot be trusted", async () => {
    const checks = await verify({ tls: "untrusted" });
    expect(checks.find(({ id }) => id === "login")).toMatchObject({ status: "skipped", detail: /no password goes/ });
  });

  test("found: S3 that anybody may list, a port of storage that should be closed", async () => {
    const server = createServer((request, response) => {
      response
        .setHeader("server", "RustFS")
        .end(request.url?.startsWith("/health") ? '{"service":"rustfs"}' : "<ListBucketResult/>");
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    try {
      const checks = await verify(
        {},
        {
          exposure: {
            host: "127.0.0.1",
            isRemote: false,
            bucket: "registry",
            own: [],
            ports: [
              { id: "s3", title: "S3", usual: 9000, published: { address: "127.0.0.1", port } },
              { id: "console", title: "console", usual: port },
            ],
          },
        },
      );
      const found = Object.fromEntries(failures(checks).map(({ id, detail }) => [id, detail]));
      expect(found["s3-anonymous"]).toMatch(/anybody may list the bucket/);
      expect(found["console-closed"]).toMatch(/is open and RustFS answers/);
    } finally {
      server.close();
    }
  });

  test("nothing answers: one sentence, and no further requests", async () => {
    const checks = new Checks();
    const url = `http://localhost:${await freePort()}`;
    await verifyOutside(checks, {
      url,
      roundTrip: { delete: true, readOnly: false, pullThrough: false, behindProxy: false },
      tls: { tls: RegistryTls.none(), environment: "test" },
    });
    expect(checks.all.map(({ id, status }) => [id, status])).toEqual([
      ["name", "passed"],
      ["reachable", "failed"],
    ]);
    expect(checks.all[1]?.detail).toMatch(/nobody listens there/);
  });
});

const failures = (checks: readonly Check[]) => checks.filter(({ status }) => status === "failed");

function put(target: Record<string, unknown>, [first = "", ...rest]: string[], value: unknown): void {
  if (rest.length > 0) put(target[first] as Record<string, unknown>, rest, value);
  else if (value === null) delete target[first];
  else target[first] = value;
}

/** A CA and a server's certificate by it, made with openssl. */
async function makeCertificate(directory: string, kind: NonNullable<Wrong["tls"]>) {
  mkdirSync(directory, { recursive: true });
  const file = (name: string) => join(directory, name);
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await output("openssl", [
    "req",
    "-x509",
    ...ec,
    "-days",
    "2",
    "-subj",
    "/CN=test CA",
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
  ]);
  await output("openssl", [
    "req",
    ...ec,
    "-subj",
    "/CN=server",
    "-keyout",
    file("server.key"),
    "-out",
    file("server.csr"),
  ]);
  const name = kind === "other-name" ? "other.example" : "localhost";
  writeFile(file("extensions"), `subjectAltName=DNS:${name}\nbasicConstraints=critical,CA:FALSE\n`);
  const days = kind === "expired" ? "-1" : "2";
  const signed = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial", "-days", days];
  await output("openssl", [
    "x509",
    "-req",
    "-in",
    file("server.csr"),
    ...signed,
    "-extfile",
    file("extensions"),
    "-out",
    file("server.pem"),
  ]);
  expect(readFileSync(file("server.pem"), "utf8")).toMatch(/BEGIN CERTIFICATE/);
  return { ca: file("ca.pem"), files: { certificate: file("server.pem"), key: file("server.key") } };
}
