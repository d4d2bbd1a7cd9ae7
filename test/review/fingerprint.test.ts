import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPlan } from "../../plan/read-plan";
import { format, review } from "../../review";
import { fingerprintOf } from "../../review/fingerprint";
import { plan, registry, reviewed, volume } from "./builder";

const FOLDER = join(__dirname, "plans");
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8"));
const printOf = (document: unknown) => fingerprintOf(readPlan(document));

/** Every single value below, as a way to set it. */
function* leaves(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== "object") yield path;
  else if (value !== null) for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
}

function changed(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  return typeof value === "number" ? value + 1 : `${value}x`;
}

/** The document with one value changed. */
function withChanged(document: unknown, [key = "", ...rest]: readonly string[]): unknown {
  const holder = document as Record<string, unknown>;
  const item = rest.length > 0 ? withChanged(holder[key], rest) : changed(holder[key]);
  return Array.isArray(document) ? Object.assign([...document], { [key]: item }) : { ...holder, [key]: item };
}

/** Paths of values that may be others without another fingerprint. */
function indifferent(name: string, side: "before" | "after"): string[] {
  const whole = read(name);
  const changes = whole.resource_changes as { address: string; change: { actions: string[] } }[];
  return changes.flatMap((one) => {
    const { address, change } = one;
    if (/no-op|read/.test(change.actions[0] ?? "")) return [];
    // Without its neighbours, which would be read once a value.
    const document = { ...whole, resource_changes: [one] };
    const print = printOf(document);
    const start = ["resource_changes", "0", "change", side];
    const paths = [...leaves((change as Record<string, unknown>)[side], start)];
    return paths
      .filter((path) => printOf(withChanged(document, path)) === print)
      .map((path) => `${address} ${path.slice(4).join(".")}`);
  });
}

describe("the fingerprint is another when one value that will be set is another", () => {
  test.each(["volume-renamed", "fs-env-changed", "port-widened", "image-upgraded"])("%s", (name) => {
    expect(indifferent(name, "after")).toEqual([]);
  });

  test("but for what is marked as sensitive, which guesses could be tried against", () => {
    expect([...indifferent("create", "after"), ...indifferent("config-changed", "after")]).toMatchInlineSnapshot(`
      [
        "docker_container.bucket_init upload.0.content",
        "docker_container.bucket_init upload.1.content",
        "docker_container.distribution upload.0.content",
        "docker_container.rustfs upload.0.content",
        "docker_container.rustfs upload.1.content",
        "docker_container.distribution upload.0.content",
      ]
    `);
    expect(indifferent("users-changed", "after")).toMatchInlineSnapshot(`[]`);
  });
});

describe("the fingerprint is another when", () => {
  const original = plan(
    { "docker_container.reg": { after: registry({ ipc_mode: "private" }) } },
    {
      configuration: {
        provider_config: {
          docker: {
            full_name: "registry.terraform.io/kreuzwerker/docker",
            expressions: { host: { constant_value: "ssh://staging" } },
          },
        },
        root_module: {
          resources: [
            {
              address: "docker_container.reg",
              type: "docker_container",
              provisioners: [{ type: "local-exec", expressions: { command: { constant_value: "true" } } }],
            },
          ],
        },
      },
      output_changes: { url: { actions: ["create"], before: null, after: "http://a" } },
    },
  );
  const print = printOf(original);

  test.each([
    ["a value that is usually the provider's own choice", '"private"', '"shareable"'],
    ["the Docker host", "ssh://staging", "ssh://production"],
    ["what a provisioner runs", '"constant_value":"true"', '"constant_value":"curl example.com"'],
    ["an output", "http://a", "http://b"],
    ["the order of a replacement", '["create"]', '["create","delete"]'],
    ["an adopted object", '"change":{', '"change":{"importing":{"id":"x"},'],
  ])("%s", (_, from, to) => {
    const json = JSON.stringify(original);
    expect(json).toContain(from);
    expect(review(json.replace(from, to)).fingerprint).not.toBe(print);
  });
});

describe("the fingerprint stays the same", () => {
  const lost = plan({ "docker_volume.data": { before: volume("data"), after: volume("data2") } });
  const print = printOf(lost);

  test.each([
    ["severities and acknowledgements", { policy: "severities: { data-volume-replaced: info }" }],
    ["another threshold", { failOn: "info" as const }],
    ["another name", { environment: "prod" }],
    ["another day", { today: "2030-01-01" }],
  ])("with %s", (_, options) => expect(reviewed(lost, options).fingerprint).toBe(print));

  test("when a secret elsewhere in the plan takes the first number", () => {
    const secret = (env: string[]) => registry({ env });
    const own = { "docker_container.z": { after: secret(["DB_PASSWORD=first-secret-1"]) } };
    const other = secret(["DB_PASSWORD=other-secret-2"]);
    const more = { "docker_container.a": { before: other, after: other }, ...own };
    expect(printOf(plan(more))).toBe(printOf(plan(own)));
  });

  test("in whatever order keys are written", () => {
    const { configuration, ...rest } = lost as Record<string, unknown>;
    expect(printOf({ configuration, ...rest })).toBe(print);
  });
});

describe("there is no fingerprint where no plan was reviewed", () => {
  test.each([
    ["a plan that failed", JSON.stringify(read("prevent-destroy")), undefined],
    ["a condition that failed", JSON.stringify(read("precondition-fails")), undefined],
    ["a rule in review.yaml that does not exist", JSON.stringify(read("volume-renamed")), "severities: { typo: info }"],
    ["no JSON", "PK", undefined],
    ["an empty file", "", undefined],
    ["a configuration without a plan", '{"resource":{"docker_volume":{"a":{"name":"a"}}}}', undefined],
  ])("%s", (_, json, policy) => {
    const report = review(json, { policy });
    expect(report.fingerprint).toBeUndefined();
    expect(format(report, "markdown")).not.toContain("fingerprint");
    expect(JSON.parse(format(report, "json"))).not.toHaveProperty("fingerprint");
  });
});

test("no two of the real plans that do something share a fingerprint, and each has its own twice", () => {
  const names = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".json") ? [file.replace(".json", "")] : []));
  const print = (name: string) => review(JSON.stringify(read(name))).fingerprint;
  const prints = names.map(print);
  expect(names.map(print)).toEqual(prints);
  const doing = names
    .map((name, index) => [prints[index], read(name)] as const)
    .filter(
      ([print, { resource_changes }]) =>
        print && JSON.stringify(resource_changes).match(/"(create|update|delete|forget)"/),
    )
    .map(([print]) => print);
  expect(new Set(doing).size).toBe(doing.length);
});
