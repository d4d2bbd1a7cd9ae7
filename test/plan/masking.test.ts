import { describe, expect, test } from "vitest";
import { canBeCredential, credentialsIn, isCredentialName, isSecretFile } from "../../plan/credentials";
import { Masking } from "../../plan/masking";
import { holdsSecret } from "../../plan/secret-tokens";
import { holdsUsers, isUserList } from "../../plan/user-list";

const mask = (document: unknown, value: unknown = document, mark: unknown = undefined) =>
  new Masking(document).apply(value, mark);
const BCRYPT = `$2y$05$${"Abc123./".repeat(6)}Abcde`;

describe("names of credentials", () => {
  test.each([
    "RUSTFS_SECRET_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "DB_PASSWORD",
    "REGISTRY_HTTP_SECRET",
    "GITHUB_TOKEN",
    "SIGNING_KEY",
    "storage.s3.secretkey",
    "http.secret",
    "registry_auth.password",
  ])("%s", (name) => expect(isCredentialName(name)).toBe(true));

  test.each([
    "RUSTFS_SECRET_KEY_FILE",
    "auth.htpasswd.path",
    "auth.token.realm",
    "REGISTRY_AUTH",
    "secret_name",
    "LOG_LEVEL",
    "monkey",
  ])("not %s", (name) => expect(isCredentialName(name)).toBe(false));

  test.each(["/run/secrets/key", "true", "30", "$SECRET", "{", "["])(
    "%s is no credential whatever its name",
    (value) => {
      expect(canBeCredential(value)).toBe(false);
    },
  );

  test("a file is one secret by where it lies", () => {
    expect(isSecretFile("/run/secrets/anything")).toBe(true);
    expect(isSecretFile("/etc/app/tls.key")).toBe(true);
    expect(isSecretFile("/etc/distribution/config.yml")).toBe(false);
  });
});

describe("shapes of credentials", () => {
  test.each([
    ["postgres://app:hunter2hunter2@db:5432/x", "app:hunter2hunter2"],
    [`alice:${BCRYPT}`, BCRYPT],
    ["Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"],
    ["mc alias set s3 http://rustfs:9000 AKEY1234 SKEY5678", "SKEY5678"],
    ["curl -u admin:letmein99 http://x", "admin:letmein99"],
    ["server --password letmein99", "letmein99"],
    ["secretkey: letmein99", "letmein99"],
    ['{"auths":{"r":{"auth":"YTpiYg=="}}}', "YTpiYg=="],
    [
      "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----",
      "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----",
    ],
    [`ghp_${"a".repeat(36)}`, `ghp_${"a".repeat(36)}`],
  ])("%s", (text, secret) => expect(credentialsIn(text)).toContain(secret));

  test.each([
    "mc alias set s3 http://x:9000; mc mb s3/images",
    "the password is secret",
    "-----BEGIN CERTIFICATE-----",
    "https://example.com/a@b",
    '"token": {"issuer":"prod"}',
  ])("nothing in: %s", (text) => expect(credentialsIn(text)).toEqual([]));

  test("texts made to be slow are not", () => {
    const started = performance.now();
    for (const text of [
      "mc ".repeat(20_000),
      `a${"=".repeat(50_000)}`,
      "://".repeat(20_000),
      "-----BEGIN ".repeat(9000),
      "x: ".repeat(20_000),
    ])
      credentialsIn(text);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("masking", () => {
  test("what is marked, in nested blocks too", () => {
    const change = {
      before: null,
      after: { a: "x1y2z3", b: [{ c: "q9w8e7", d: "open" }] },
      after_sensitive: { a: true, b: [{ c: true }] },
    };
    expect(mask(change, change.after, change.after_sensitive)).toEqual({
      a: "(sensitive 1)",
      b: [{ c: "(sensitive 2)", d: "open" }],
    });
  });

  test("an echo of it anywhere: whole, inside a text, encoded", () => {
    const change = {
      after: { a: "p4ss/w0rd+", b: "p4ss/w0rd+", c: "x p4ss/w0rd+ y", d: "cDRzcy93MHJkKw==", e: "p4ss%2Fw0rd%2B" },
      after_sensitive: { a: true },
    };
    const masked = JSON.stringify(mask(change, change.after, change.after_sensitive));
    expect(masked).not.toMatch(/p4ss|cDRz/);
    expect(masked).toContain('"c":"x (sensitive 1) y"');
  });

  test("variables, which a plan holds in clear text", () => {
    const document = {
      variables: { key: { value: "v4r14bl3" }, open: { value: "readable" } },
      configuration: { root_module: { variables: { key: { sensitive: true }, open: {} } } },
    };
    expect(mask(document, { x: "v4r14bl3", y: "readable" })).toEqual({ x: "(sensitive 1)", y: "readable" });
  });

  test("the environment keeps its names", () => {
    expect(mask({ env: ["DB_PASSWORD=h4nt3rh4nt3r", "LOG_LEVEL=info"] })).toEqual({
      env: ["DB_PASSWORD=(sensitive 1)", "LOG_LEVEL=info"],
    });
  });

  test("equal secrets get equal tokens, different ones different tokens", () => {
    const masked = mask({ a_password: "first1st", b_password: "first1st", c_password: "second2nd" });
    expect(masked).toEqual({ a_password: "(sensitive 1)", b_password: "(sensitive 1)", c_password: "(sensitive 2)" });
  });

  test("labels are named by their sibling, contents by their file", () => {
    const labels = [{ label: "x.password", value: "l4b3ll4b3l" }];
    const upload = [{ file: "/run/secrets/key", content: "c0nt3nt" }];
    expect(JSON.stringify(mask({ labels, upload }))).not.toMatch(/l4b3l|c0nt3nt/);
  });

  test("of a marked upload the paths and the names of users stay", () => {
    const upload = [
      { file: "/auth/htpasswd", content: `alice:${BCRYPT}\n`, executable: false },
      { file: "/run/secrets/key", content: "k3yk3yk3y" },
      { file: "t0ps3cr3tt0ps3cr3t", content: "x9x9x9x9" },
    ];
    const change = { after: { upload }, after_sensitive: { upload: true } };
    expect(mask(change, change.after, change.after_sensitive)).toEqual({
      upload: [
        { file: "/auth/htpasswd", content: "alice:(sensitive 1)\n", executable: false },
        { file: "/run/secrets/key", content: "(sensitive 2)" },
        { file: "(sensitive 3)", content: "(sensitive 4)" },
      ],
    });
  });

  test("an ordinary word as a password does not hide the image of that name", () => {
    expect(mask({ env: ["PASSWORD=registry"], image: "registry:3.1.2", command: "login -p registry" })).toEqual({
      env: ["PASSWORD=(well-known default 1)"],
      image: "registry:3.1.2",
      command: "login -p (well-known default 1)",
    });
  });

  test("a list of users is one only when every line is", () => {
    expect(isUserList(`alice:${BCRYPT}\n# staff\n\nbob:${BCRYPT}`)).toBe(true);
    expect(isUserList(`alice:${BCRYPT}\nnot a user`)).toBe(false);
    expect(isUserList("")).toBe(false);
  });

  test("users on one line are still users: their names are shown, their hashes are not", () => {
    for (const [joint, shown] of [
      [" ", "alice:(sensitive 1) bob:(sensitive 1)"],
      ["", "alice:(sensitive 1):(sensitive 2)"],
      ["\\n", "alice:(sensitive 1):(sensitive 2)"],
    ] as const) {
      const content = `alice:${BCRYPT}${joint}bob:${BCRYPT}`;
      const masking = new Masking({ after: { upload: [{ content }] }, after_sensitive: { upload: true } });
      expect(masking.apply({ upload: [{ file: "/in/htpasswd", content }] }, { upload: true })).toEqual({
        upload: [{ file: "/in/htpasswd", content: shown }],
      });
    }
    expect(holdsUsers(`alice:${BCRYPT} token=s3cret`)).toBe(false);
  });
});

describe("of a text that is marked as a whole", () => {
  const masked = (word: string) => {
    const content = `a: ${word}\n`;
    const change = {
      after: { upload: [{ file: "/c.yml", content }] },
      after_sensitive: { upload: [{ content: true }] },
    };
    return new Masking({ change, beside: word }).text(word);
  };

  test.each([
    "client-ca-0.pem",
    "registry2.example.com",
    "company-images-01",
    "TLS_CHACHA20_POLY1305_SHA256",
    "vnd.oci.image.manifest.v1+json",
  ])("%s is a name and stays readable", (word) => expect(masked(word)).toBe(word));

  test.each(["x9KpQ2mZ7vR4", "Registry2024prod", "1234abcd-12ab-34cd-56ef-1234567890ab"])(
    "%s may be the secret: it is masked, and no rule takes it for one",
    (word) => {
      expect(masked(word)).toMatch(/^\(perhaps sensitive \d+\)$/);
      expect(holdsSecret(masked(word))).toBe(false);
    },
  );

  test("what is known to be a secret elsewhere is one here", () => {
    const word = "x9KpQ2mZ7vR4";
    const change = { after: { user_data: `a ${word}`, password: word }, after_sensitive: { user_data: true } };
    expect(holdsSecret(new Masking({ change }).text(word))).toBe(true);
  });
});
