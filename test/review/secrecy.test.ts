import { describe, expect, test } from "vitest";
import { FORMATS, format } from "../../review";
import { plan, reviewed } from "./builder";
import { Random } from "./random";

type Values = Record<string, unknown>;

interface Placed {
  values: Values;
  sensitive?: unknown;
  /** The secret is only a part of what is recognized, so an echo of that part alone is not. */
  isPart?: boolean;
}

/** Every place where a secret can be, each with the way in which the review can know that it is one. */
const PLACES: readonly ((secret: string, random: Random) => Placed)[] = [
  (secret) => ({ values: { env: [`A=b`, `X=${secret}`] }, sensitive: { env: true } }),
  (secret) => ({ values: { upload: [{ file: "/run/secrets/key", content: secret }] }, sensitive: { upload: true } }),
  (secret) => ({
    values: { upload: [{ file: "/etc/app.conf", content: `a = ${secret}` }] },
    sensitive: { upload: [{ content: true }] },
  }),
  (secret) => ({ values: { labels: [{ label: "a", value: secret }] }, sensitive: { labels: true } }),
  (secret) => ({
    values: { healthcheck: [{ test: ["CMD", secret] }] },
    sensitive: { healthcheck: [{ test: [false, true] }] },
  }),
  (secret) => ({ values: { command: ["serve", secret] }, sensitive: { command: [false, true] } }),
  (secret) => ({
    values: { triggers_replace: { a: { b: [secret] } } },
    sensitive: { triggers_replace: { a: { b: true } } },
  }),
  (secret) => ({ values: { name: secret }, sensitive: { name: true } }),
  (secret) => ({ values: { image: `registry:${secret}` }, sensitive: { image: true } }),
  (secret) => ({
    values: { volumes: [{ volume_name: secret, container_path: "/data" }] },
    sensitive: { volumes: [{ volume_name: true }] },
  }),
  (secret) => ({ values: { ports: [{ internal: 5000, ip: secret }] }, sensitive: { ports: true } }),
  (secret) => ({ values: { whole: { of: { it: secret } } }, sensitive: true }),
  (secret, random) => ({
    values: {
      env: [`${random.pick(["DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "API_TOKEN", "RUSTFS_SECRET_KEY"])}=${secret}`],
    },
  }),
  (secret) => ({ values: { env: [`DATABASE_URL=postgres://app:${secret}@db/app`] } }),
  (secret) => ({ values: { command: ["server", "--password", secret] } }),
  (secret) => ({ values: { command: [`mc alias set s3 http://rustfs:9000 user ${secret} && mc mb s3/x`] } }),
  (secret) => ({ values: { entrypoint: ["mc", "alias", "set", "s3", "http://rustfs:9000", secret, `${secret}2`] } }),
  (secret) => ({ values: { registry_auth: [{ password: secret }] } }),
  (secret) => ({ values: { triggers: { "storage.s3.secretkey": secret, "storage.s3.bucket": "b" } } }),
  (secret) => ({
    values: {
      upload: [
        { file: "/etc/distribution/config.yml", content: `version: 0.1\nstorage:\n  s3:\n    secretkey: ${secret}\n` },
      ],
    },
  }),
  (secret) => ({
    values: { upload: [{ file: "/auth/htpasswd", content: `alice:$2y$05$${secret.padEnd(53, "x")}` }] },
    isPart: true,
  }),
  (secret) => ({
    values: {
      upload: [
        { file: "/tls/server.pem", content: `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----` },
      ],
    },
  }),
  (secret) => ({ values: { labels: [{ label: "app.password", value: secret }] } }),
  (secret) => ({ values: { env: { ADMIN_PASSWORD: secret } } }),
];

/** Where it turns up again, unmarked. */
const ECHOES: readonly ((secret: string) => Values)[] = [
  (secret) => ({ hostname: secret }),
  (secret) => ({ command: [`curl http://x/?k=${secret}&y=1`] }),
  (secret) => ({ labels: [{ label: "echo", value: `before ${secret} after` }] }),
  (secret) => ({ env: [`ECHO=${Buffer.from(secret).toString("base64")}`] }),
  (secret) => ({ networks_advanced: [{ name: "n", aliases: [secret] }] }),
  (secret) => ({ triggers_replace: { [secret]: "as a key" } }),
];

function generate(random: Random): { document: Values; secrets: string[] } {
  const secrets: string[] = [];
  const echoable: string[] = ["nothing-yet"];
  const resources = Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => {
      const [old, next] = [random.secret(), random.secret()];
      const place = random.pick(PLACES);
      const seed = random.below(1e9);
      const [from, to] = [place(old, new Random(seed)), place(next, new Random(seed))];
      secrets.push(old, next);
      if (!from.isPart) echoable.push(old, next);
      const type = random.pick([
        "docker_container",
        "docker_container",
        "docker_service",
        "docker_secret",
        "terraform_data",
        "null_resource",
        "random_thing",
      ]);
      const echo = random.pick(ECHOES)(random.pick(echoable));
      const base = { name: `c${index}`, image: random.pick(["registry:3.1.2", "rustfs/rustfs:1.0.1", "minio/mc:1"]) };
      return [
        `${type}.r${index}`,
        {
          before: { ...base, ...from.values },
          after: { ...base, ...echo, ...to.values },
          beforeSensitive: from.sensitive,
          afterSensitive: to.sensitive,
          replacePaths: [["env"], [random.pick(echoable)]],
        },
      ];
    }),
  );
  return { document: plan(resources), secrets };
}

// A place of a secret and an echo of it are met often in a hundred, too.
const ROUNDS = process.env.CI ? 400 : 100;

describe("nothing secret reaches any format", () => {
  test(`in ${ROUNDS} generated plans`, () => {
    const random = new Random(20261124);
    for (let round = 0; round < ROUNDS; round++) {
      const { document, secrets } = generate(random);
      const report = reviewed(document);
      expect(report.problem).toBeUndefined();
      const printed = FORMATS.map((as) => format(report, as, { details: true })).join("\n") + JSON.stringify(report);
      const leaked = secrets.filter(
        (secret) => printed.includes(secret) || printed.includes(Buffer.from(secret).toString("base64")),
      );
      if (leaked.length > 0)
        expect.fail(`round ${round}: ${leaked.join(", ")} in ${JSON.stringify(document, null, 1)}`);
    }
  });
});
