import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { LogFile } from "../../../operations/log-file";
import { parseEvent, type TerraformEvent } from "../../../operations/terraform/events";
import { findTerraform, Terraform } from "../../../operations/terraform/terraform";
import { eventually } from "../../support/process";
import { inFolder } from "../in-folder";

/** A program that stands in for Terraform. */
function program(name: string, script: string): string {
  mkdirSync("bin", { recursive: true });
  const path = resolve("bin", name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("findTerraform", () => {
  inFolder();

  test("takes what TERRAFORM_BINARY_NAME says, then terraform, then tofu", () => {
    const tofu = program("tofu", "");
    const PATH = resolve("bin");
    expect(findTerraform({ PATH })).toBe(tofu);
    const terraform = program("terraform", "");
    expect(findTerraform({ PATH })).toBe(terraform);
    expect(findTerraform({ PATH, TERRAFORM_BINARY_NAME: "tofu" })).toBe(tofu);
    expect(findTerraform({ TERRAFORM_BINARY_NAME: tofu })).toBe(tofu);
  });

  test("says what is missing", () => {
    expect(() => findTerraform({ PATH: resolve("bin") })).toThrow(/Neither terraform nor tofu/);
    expect(() => findTerraform({ PATH: "", TERRAFORM_BINARY_NAME: "tf" })).toThrow(/TERRAFORM_BINARY_NAME is tf/);
  });

  test("skips what cannot be run", () => {
    mkdirSync("bin");
    writeFileSync("bin/terraform", "");
    expect(() => findTerraform({ PATH: resolve("bin") })).toThrow(/Neither/);
  });
});

describe("Terraform", () => {
  inFolder();
  const variables = { PATH: process.env.PATH };

  test("hands on events, diagnostics and plain text", async () => {
    const fake = program(
      "terraform",
      `echo '{"type":"apply_complete","hook":{"resource":{"addr":"a.b"},"action":"create"}}'
       echo '{"type":"diagnostic","diagnostic":{"severity":"error","summary":"no","detail":"because","address":"a.c"}}'
       echo 'Error: plain' >&2
       exit 1`,
    );
    const events: TerraformEvent[] = [];
    const result = await new Terraform(fake, variables).run(".", ["apply"], { onEvent: (event) => events.push(event) });
    expect(result).toMatchObject({ code: 1, interrupted: false, text: "Error: plain\n" });
    expect(result.diagnostics).toEqual([{ severity: "error", summary: "no", detail: "because", address: "a.c" }]);
    expect(events.map(({ type }) => type)).toEqual(["apply_complete", "diagnostic"]);
  });

  test("asks nothing, and closes what it writes to others", async () => {
    const fake = program("terraform", 'touch written; echo "$TF_INPUT $TF_IN_AUTOMATION $EXTRA"; cat');
    const { stdout } = await new Terraform(fake, variables).run(".", ["x"], {
      capture: true,
      variables: { EXTRA: "more" },
    });
    expect(stdout).toBe("0 1 more\n");
    expect(statSync("written").mode & 0o777).toBe(0o600);
  });

  test("gets one SIGINT for one Ctrl-C, though the terminal reaches every process of a group", async () => {
    const fake = program(
      "terraform",
      `count=0; trap 'count=$((count+1)); echo "signal $count" >>signals' INT; echo started >signals; i=0; while [ $i -lt 15 ]; do sleep 0.1; i=$((i+1)); [ $count -gt 0 ] && break; done; sleep 0.3; exit 1`,
    );
    const gentle = new AbortController();
    const interruption = { gentle: gentle.signal, hard: new AbortController().signal };
    const running = new Terraform(fake, variables).run(".", ["apply"], { interruption });
    await eventually("it runs", async () => statSync("signals", { throwIfNoEntry: false })?.size);
    gentle.abort();
    expect(await running).toMatchObject({ code: 1, interrupted: true });
    expect(readFileSync("signals", "utf8")).toBe("started\nsignal 1\n");
  });

  test("keeps secrets out of its log, and the log from others", async () => {
    const fake = program("terraform", "echo password-of-somebody; echo fine");
    const echoed: string[] = [];
    const log = LogFile.forRun("test", ["password-of-somebody", "short"], new Date(0), (text) => echoed.push(text));
    await new Terraform(fake, variables, log).run(".", ["apply"]);
    const text = readFileSync(log.path, "utf8");
    expect(text).toMatch(/\(secret\)\nfine/);
    expect(text + echoed.join()).not.toMatch(/password-of/);
    expect(statSync(log.path).mode & 0o777).toBe(0o600);
  });

  test("what was asked for is in no log", async () => {
    const fake = program("terraform", "echo the state");
    const log = LogFile.forRun("test", [], new Date(0));
    await new Terraform(fake, variables, log).run(".", ["show"], { capture: true });
    expect(readFileSync(log.path, "utf8")).not.toMatch(/the state/);
  });

  test("one that cannot be started is a failure, not a bug", async () => {
    await expect(new Terraform(join("bin", "none"), variables).run(".", [])).rejects.toThrow(/could not be started/);
  });

  test("a program that is no Terraform", async () => {
    const fake = program("terraform", "echo hello");
    await expect(new Terraform(fake, variables).version()).rejects.toThrow(/does not answer as Terraform does/);
  });
});

describe("a program that warns before it answers, as OpenTofu does", () => {
  inFolder();
  const warning =
    "printf '\\nWarning: Unable to open CLI configuration file\\n\\nThe file \"/nope\" does not exist.\\n'";

  test("its version and its plans are read", async () => {
    const fake = program("tofu", `${warning}; echo '{"terraform_version": "1.12.6"}'`);
    const tofu = new Terraform(fake, { PATH: process.env.PATH });
    expect(await tofu.version()).toBe("1.12.6");
    expect(await tofu.run(".", ["show", "-json"], { capture: true })).toMatchObject({
      stdout: '{"terraform_version": "1.12.6"}',
      text: expect.stringMatching(/^Warning: Unable to open/),
    });
  });

  test("the warning is in the log, the answer is not", async () => {
    const fake = program("tofu", `${warning}; echo '{"value": "a secret"}'`);
    const log = LogFile.forRun("test", [], new Date(0));
    await new Terraform(fake, { PATH: process.env.PATH }, log).run(".", ["show", "-json"], { capture: true });
    const text = readFileSync(log.path, "utf8");
    expect(text).toMatch(/Unable to open CLI/);
    expect(text).not.toMatch(/a secret/);
  });
});

describe("parseEvent", () => {
  test.each(["1", "null", '"text"'])("%s is text of some program", (line) => {
    expect(parseEvent(line)).toEqual({ type: "other", message: line });
  });

  test("a line that is no JSON is text", () => {
    expect(parseEvent("Initializing the backend...")).toEqual({
      type: "other",
      message: "Initializing the backend...",
    });
  });
});
