import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { snippets } from "./markdown";

/** Each Chinese page and the English one that it follows. */
const pairs = [
  ["README.zh-CN.md", "README.md"],
  ...readdirSync("docs/zh-CN").map((name) => [
    `docs/zh-CN/${name}`,
    name === "tutorial.md" ? `docs/${name}` : `docs/guides/${name}`,
  ]),
] as [string, string][];

/** What a reader types, without comments; in the order of the page. */
function commands(file: string): string[] {
  return snippets(file)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replace(/\\\n\s*/g, " ").split("\n"))
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

test.each(pairs)("%s has the commands of %s", (chinese, english) => {
  expect(commands(chinese)).toEqual(commands(english));
});

/** Keys and values of the files that a reader writes, without comments. */
function files(file: string): string[] {
  return snippets(file)
    .filter(({ language }) => ["yaml", "ts", "json", "hcl", "nginx"].includes(language))
    .map(({ text }) => text.replace(/(^|\s+)(#|\/\/) .*$/gm, "").trim());
}

test.each(pairs)("%s shows the files of %s", (chinese, english) => {
  expect(files(chinese)).toEqual(files(english));
});

test.each(pairs)("%s leads to %s and back", (chinese, english) => {
  const name = (file: string) => file.split("/").at(-1) ?? "";
  const reference = (from: string, to: string) => expect(readFileSync(from, "utf8").slice(0, 300)).toContain(to);
  reference(chinese, name(english));
  reference(english, name(chinese));
});
