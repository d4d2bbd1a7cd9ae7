import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../support/process";

const SCRIPT = resolve("examples/scanning/scan.sh");
const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;

/** The script with stand-ins for crane and trivy, each a body of a shell script. */
function scanner({ catalog = "echo team/app", ls = "echo 1", digest = `echo ${DIGEST}`, trivy = "exit 0" }) {
  const folder = mkdtempSync(join(tmpdir(), "scan-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program("crane", `case $1 in catalog) ${catalog} ;; ls) ${ls} ;; digest) ${digest} ;; esac`);
  program(
    "trivy",
    `echo begin >>${folder}/calls
while [ $# -gt 1 ]; do [ "$1" = --output ] && echo '{}' >"$2"; shift; done
sleep 0.2
echo end >>${folder}/calls
${trivy}`,
  );
  const reports = join(folder, "reports");
  return {
    reports: () => readdirSync(reports).filter((name) => !name.startsWith(".")),
    calls: () => (existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8") : ""),
    scan: (...more: string[]) =>
      run("sh", [SCRIPT, "registry.example.com", reports, ...more], {
        environment: { PATH: `${folder}:${process.env.PATH}` },
      }),
  };
}

test.each([
  ["no finding", {}, 0, /^clean {4}team\/app@sha256:/],
  ["a finding", { trivy: "exit 10" }, 1, /^findings team\/app@sha256:/],
  ["an image that trivy cannot scan", { trivy: "exit 1" }, 2, /^unknown {2}team\/app@.*: trivy ended with 1\n$/],
  ["a registry that does not answer", { catalog: "exit 1" }, 2, /^unknown {2}registry.example.com: .*\n$/],
  ["a repository that cannot be listed", { ls: "echo refused >&2; exit 1" }, 2, /^unknown {2}team\/app: refused\n$/],
  ["a repository without tags", { ls: "echo NAME_UNKNOWN: repository name not known >&2; exit 1" }, 0, /^$/],
  ["a tag that is gone", { digest: "exit 1" }, 2, /^unknown {2}team\/app:1: .*\n$/],
])("%s: %j ends with %i", async (_, programs, code, says) => {
  const ended = await scanner(programs).scan();
  expect(ended).toMatchObject({ code, stdout: expect.stringMatching(says) });
});

test("one that could not be scanned outweighs findings, and leaves no report", async () => {
  const { scan, reports } = scanner({
    ls: "echo bad; echo good",
    digest: `case $2 in *good) echo ${DIGEST} ;; *) echo ${OTHER} ;; esac`,
    trivy: "case $1 in *b) exit 1 ;; *) exit 10 ;; esac",
  });
  expect(await scan()).toMatchObject({ code: 2 });
  expect(reports()).toEqual([`team_app@${DIGEST}.json`]);
});

test("pushes at the same time are scanned one after the other, also the same image twice", async () => {
  const { scan, reports, calls } = scanner({});
  const ended = await Promise.all([DIGEST, DIGEST, OTHER].map((digest) => scan("team/app", digest, "1")));
  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, ""]));
  expect(calls()).toBe("begin\nend\n".repeat(3));
  expect(reports()).toHaveLength(2);
});

test.each([
  ["a name that is none", "team/app;reboot", DIGEST],
  ["an option", "-x", DIGEST],
  ["a tag", "team/app", "1"],
  ["a second line", "team/app", `${DIGEST}\n--config=x`],
  ["a line before it", `x\nteam/app`, DIGEST],
])("an event with %s reaches nothing", async (_, name, digest) => {
  const { scan, calls } = scanner({});
  expect(await scan(name, digest)).toMatchObject({ code: 2, stderr: expect.stringContaining("no image by digest") });
  expect(calls()).toBe("");
});

test("an event of a signature scans nothing", async () => {
  const { scan, calls } = scanner({});
  expect(await scan("team/app", DIGEST, `sha256-${"a".repeat(64)}.sig`)).toMatchObject({ code: 0 });
  expect(calls()).toBe("");
});
