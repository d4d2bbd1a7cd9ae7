import { describe, expect, test } from "vitest";
import { findJson } from "../../../operations/terraform/printed-json";

/** As OpenTofu 1.12 prints it on standard output, with TF_CLI_CONFIG_FILE naming a file that is not there. */
const PLAIN = `
Warning: Unable to open CLI configuration file

The CLI configuration file at "/nope" does not exist.
`;
const BOXED = `There are some problems with the CLI configuration:
╷
│ Warning: Unable to open CLI configuration file
│
│ The CLI configuration file at "/root/.terraformrc" does not exist.
╵

`;
const VERSION = '{\n  "terraform_version": "1.12.6",\n  "provider_selections": {}\n}';
const PLAN = '{"format_version":"1.2","variables":{"a":{"value":"} {"}},"list":[1]}';

describe("the JSON in what a program printed", () => {
  test.each([VERSION, PLAN, "[]", "{}"])("%j, alone or among warnings", (json) => {
    for (const [before, after] of [
      ["", ""],
      [PLAIN, ""],
      [BOXED, "\n"],
      ["[WARN] not a list\n{not an object\n", "\nWarning: after it\n"],
      ["a {\n", "\n}\n"],
    ]) {
      const printed = findJson(`${before}${json}\n${after}`);
      expect(printed.json).toBe(json);
      expect(printed.text).toBe(`${before}${after}`.replace(/\n+$/, "").trim());
    }
  });

  test.each(["", "Error: no", "{", "{ never closed\n}}"])("none in %j", (text) => {
    expect(findJson(text)).toEqual({ text });
  });
});
