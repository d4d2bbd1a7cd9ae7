import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Htpasswd } from "../../constructs";
import { ConfiguredRegistry } from "../support/configured-registry";
import {
  eventually,
  freePort,
  output,
  RunningProcess,
  run,
  showWhenTestFails,
  temporaryDirectory,
} from "../support/process";
import { describeWithTools } from "../support/tools";

const EXAMPLE = "examples/scanning";
const PASSWORD = "of-the-scanner";
const TOKEN = "t0ken-of-the-hook";
/** Looks like a secret to trivy, and belongs to nobody. */
const PLANTED = `aws_access_key_id = AKIA${"QYXPZ7WRTLNV3KDM"}\n`;

describeWithTools(
  "an image that is pushed is scanned, by the example",
  ["registry", "crane", "tar", "webhook", "trivy"],
  (tools) => {
    const path = temporaryDirectory();
    const registries = new ConfiguredRegistry(tools.registry, path);
    const environment = {
      // A group that is skipped is defined all the same, without its programs.
      PATH: [tools.crane, tools.trivy]
        .map((tool) => dirname(tool ?? ""))
        .concat(process.env.PATH ?? "")
        .join(delimiter),
      DOCKER_CONFIG: path("docker"),
      INSECURE: "1",
      // Its vulnerabilities are a download; what is proven is the way from a push to a report.
      TRIVY_SCANNERS: "secret",
      TRIVY_CACHE_DIR: path("trivy"),
      TRIVY_SKIP_VERSION_CHECK: "true",
    };

    async function push(image: string, content: string): Promise<string> {
      mkdirSync(path("layer"), { recursive: true });
      writeFileSync(path("layer", "credentials"), content);
      const layer = path(`${createHash("sha256").update(image).digest("hex").slice(0, 8)}.tar`);
      await output("tar", ["-cf", layer, "-C", path("layer"), "credentials"]);
      const pushed = await output(tools.crane, ["append", "--insecure", "--oci-empty-base", "-f", layer, "-t", image], {
        environment,
      });
      return pushed.trim().split("@")[1] ?? "";
    }

    async function start(hook?: number) {
      writeFileSync(path("users"), Htpasswd.empty.with("scanner", PASSWORD).toString());
      const endpoint = {
        name: "scanner",
        url: `http://127.0.0.1:${hook}/hooks/pushed`,
        headers: { Authorization: [`Bearer ${TOKEN}`] },
        timeout: "5s",
        threshold: 10,
        backoff: "1s",
      };
      const registry = await registries.start({
        auth: { htpasswd: { realm: "registry", path: path("users") } },
        ...(hook && { notifications: { endpoints: [endpoint] } }),
      });
      const { address } = registry;
      mkdirSync(path("docker"), { recursive: true });
      const auth = Buffer.from(`scanner:${PASSWORD}`).toString("base64");
      writeFileSync(path("docker", "config.json"), JSON.stringify({ auths: { [address]: { auth } } }));
      return address;
    }

    test("every tag, by digest; findings end with 1, what cannot be scanned with 2", { timeout: 60_000 }, async () => {
      const address = await start();
      const digest = await push(`${address}/team/leaky:1`, PLANTED);
      await push(`${address}/team/clean:1`, "nothing\n");
      await push(`${address}/team/clean:sha256-${"0".repeat(64)}.sig`, "a signature\n");
      const scan = (...more: string[]) =>
        run("sh", [`${EXAMPLE}/scan.sh`, address, path("all"), ...more], { environment });
      const { code, stdout, stderr } = await scan();
      expect(stdout, stderr).toMatch(
        /^clean {4}team\/clean@sha256:\w{64}\nfindings team\/leaky@sha256:\w{64} in .*\n$/,
      );
      expect(code).toBe(1);
      const report = JSON.parse(readFileSync(path("all", `team_leaky@${digest}.json`), "utf8"));
      expect(report.Results[0].Secrets[0].RuleID).toBe("aws-access-key-id");
      expect(readdirSync(path("all")).filter((name) => name.endsWith(".json"))).toHaveLength(2);
      expect((await scan("team/leaky", `sha256:${"0".repeat(64)}`)).code).toBe(2);
      const evil = await scan("team/clean;touch /tmp/x", digest);
      expect([evil.code, evil.stderr]).toEqual([2, expect.stringContaining("no image by digest")]);
    });

    test("a push is scanned when it happens, and only the registry may say so", { timeout: 60_000 }, async () => {
      const port = await freePort();
      const address = await start(port);
      copyFileSync(`${EXAMPLE}/scan.sh`, path("scan.sh"));
      chmodSync(path("scan.sh"), 0o755);
      const hooks = readFileSync(`${EXAMPLE}/hooks.json`, "utf8");
      const here = {
        "/usr/local/bin/scan.sh": path("scan.sh"),
        "registry.example.com": address,
        "/var/lib/scans": path("pushed"),
      };
      writeFileSync(
        path("hooks.json"),
        Object.entries(here).reduce((text, [from, to]) => text.replace(from, to), hooks),
      );
      const args = ["-hooks", path("hooks.json"), "-template", "-ip", "127.0.0.1", "-port", String(port), "-verbose"];
      const hook = new RunningProcess(tools.webhook, args, { environment: { ...environment, SCAN_TOKEN: TOKEN } });
      onTestFinished(async () => void (await hook.stop()));
      showWhenTestFails(() => hook);
      await hook.listensOn(port);

      const forged = { events: [{ action: "push", target: { repository: "a", digest: "b", mediaType: "manifest" } }] };
      const headers = { "content-type": "application/json", authorization: "Bearer wrong" };
      await fetch(`http://127.0.0.1:${port}/hooks/pushed`, { method: "POST", headers, body: JSON.stringify(forged) });
      const digest = await push(`${address}/team/leaky:2`, `${PLANTED}# another\n`);
      const report = path("pushed", `team_leaky@${digest}.json`);
      await eventually("the report", async () => existsSync(report), 40_000);
      expect(JSON.parse(readFileSync(report, "utf8")).Results[0].Secrets).toHaveLength(1);
      expect(hook.stdout + hook.stderr).not.toContain("no image by digest");
    });
  },
);
