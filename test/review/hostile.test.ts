import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FORMATS, format, review } from "../../review";
import { change, plan, registry, reviewed, rustfs, volume } from "./builder";
import { Random } from "./random";

const SECRET = "Zx9hostileSecret7Qw";
const original = plan({
  "docker_volume.data": {
    before: volume("data"),
    after: volume("data2"),
    replacePaths: [["name"]],
    unknown: { id: true },
  },
  "docker_container.store": {
    before: rustfs({ env: [`RUSTFS_SECRET_KEY=${SECRET}`] }),
    after: rustfs({
      env: [`RUSTFS_SECRET_KEY=${SECRET}`, "A=b"],
      volumes: [{ volume_name: "data2", container_path: "/data" }],
    }),
  },
  "docker_container.reg": {
    before: registry({ upload: [{ file: "/c.yml", content: `version: 0.1\nhttp:\n  secret: ${SECRET}\n` }] }),
    after: registry({ upload: [{ file: "/c.yml", content: SECRET }] }),
    afterSensitive: { upload: true },
  },
});

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  "",
  "💥",
  "__proto__",
  [],
  {},
  [[]],
  [null],
  { length: 3 },
  "\u0000",
  "\ud800",
  "x".repeat(3000),
];

/** As many in CI as it takes to meet rare shapes; enough at a desk to notice that something broke. */
const MUTATIONS = process.env.CI ? 3_000 : 100;
const CUTS = process.env.CI ? 500 : 200;

/** One random change anywhere: another value, a missing key, a doubled one, an odd key. */
function mutate(random: Random, value: unknown, chance: number): unknown {
  if (random.next() < chance) return random.pick(ODD);
  if (Array.isArray(value)) {
    const items = value.map((item) => mutate(random, item, chance));
    return random.next() < chance ? [...items, ...items] : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
    const kept =
      random.next() < chance / 2 ? random.pick(["constructor", "__proto__", "", "value", key.toUpperCase()]) : key;
    return [kept, mutate(random, item, chance)];
  });
  return Object.fromEntries(entries.filter(() => random.next() > chance / 2));
}

describe("hostile input", () => {
  // A mutation may take away whatever marked the secret; what is left of the environment entry still names it.
  test(`${MUTATIONS} mutated plans: no crash, no secret`, () => {
    const random = new Random(7);
    for (let round = 0; round < MUTATIONS; round++) {
      const json = JSON.stringify(mutate(random, original, random.pick([0.002, 0.01, 0.05])));
      const report = review(json, { today: "2026-11-24" });
      const formats = round % 20 === 0 ? FORMATS : (["text", "markdown"] as const);
      const printed = formats.map((as) => format(report, as, { details: true })).join("\n");
      expect(report.problem ?? "").not.toMatch(/not understood/);
      if (json.includes(`SECRET_KEY=${SECRET}`)) expect(printed).not.toContain(SECRET);
    }
  }, 180_000);

  test(`${CUTS} texts cut off or with a wrong byte: no crash, no quotation`, () => {
    const json = JSON.stringify(original);
    const random = new Random(9);
    for (let round = 0; round < CUTS; round++) {
      const at = random.below(json.length);
      const report = review(
        random.next() < 0.5 ? json.slice(0, at) : `${json.slice(0, at)}\u0007${json.slice(at + 1)}`,
      );
      expect(report.exitCode).not.toBe(0);
      expect(report.problem ?? "").not.toContain("hostile");
    }
  });

  test("nesting deeper than any stack", () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const json = JSON.stringify(plan({ "docker_container.a": { after: { name: "a", labels: "DEEP" } } })).replace(
      '"DEEP"',
      deep,
    );
    expect(review(json)).toMatchObject({ exitCode: 0 });
    expect(review(deep).exitCode).toBe(1);
  });

  test("names that are markup, workflow commands, escape sequences or mentions", () => {
    const name =
      '</details><script>x</script>\n::error::y\n@everyone `code` "quote" \u001b[31m ](http://evil.example) <!-- ';
    const report = reviewed(
      plan({ "docker_volume.data": { before: volume(name), after: volume(`${name}2`), replacePaths: [["name"]] } }),
    );
    const markdown = format(report, "markdown");
    const markup = markdown.replace(/(`+)[^`].*?[^`]\1(?!`)/g, "");
    expect(markup.match(/<\/details>/g)?.length).toBe(markup.match(/<details>/g)?.length);
    expect(markup).not.toMatch(
      /<script>|@everyone|<!-- (?!private-registry review|fingerprint: [0-9a-f]{64} -->)|http:\/\/evil/,
    );
    expect(format(report, "text")).not.toContain("\u001b");
  });
});

describe("size", () => {
  test("1,000 replaced containers, 6 MB of JSON, take about a second of computing", () => {
    const template = JSON.parse(readFileSync(join(__dirname, "plans/volume-renamed.json"), "utf8"));
    const containers = template.resource_changes.filter((entry: { type: string }) => entry.type === "docker_container");
    const resource_changes = Array.from({ length: 1000 }, (_, index) => {
      const copy = structuredClone(containers[index % containers.length]);
      const secret = `secret-of-number-${index}-xyz`;
      copy.address = `docker_container.c${index}`;
      copy.change.after.env = [`APP_PASSWORD=${secret}`, `N=${index}`];
      copy.change.actions = ["delete", "create"];
      return copy;
    });
    const json = JSON.stringify({ ...template, resource_changes });
    // Processor time, which a busy machine does not stretch as it does the clock; a slow machine also takes longer to parse.
    const computing = (work: () => void) => {
      const started = process.cpuUsage();
      work();
      return process.cpuUsage(started).user / 1000;
    };
    const parsing = () => computing(() => Array.from({ length: 10 }, () => JSON.parse(json)));
    const isQuick = () => {
      const taken = computing(() => expect(review(json).counts.replace).toBe(1000));
      return taken < Math.max(2000, 9 * parsing());
    };
    expect(isQuick() || isQuick() || isQuick()).toBe(true);
  }, 120_000);

  test("5,000 volumes destroyed still fit a comment, headline and rule first", () => {
    const resource_changes = Array.from({ length: 5_000 }, (_, index) =>
      change(`docker_volume.v${index}`, { before: volume(`v${index}`) }),
    );
    const markdown = format(reviewed({ ...plan({}), resource_changes }), "markdown");
    expect(markdown.length).toBeLessThanOrEqual(65_536);
    expect(markdown).toContain("✗ data loss: 5000");
    expect(markdown).toContain("data-volume-destroyed");
    expect(markdown).toContain("Left out for length");
  });
});
