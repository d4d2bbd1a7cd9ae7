import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { anchors, pages, prose } from "./markdown";

test.each(pages())("every link in %s leads somewhere", (file) => {
  const broken = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = "", anchor] = target.split("#");
      const to = path === "" ? file : join(dirname(file), decodeURI(path));
      return !existsSync(to) || (anchor !== undefined && !anchors(to).has(anchor));
    });
  expect(broken).toEqual([]);
});

test("every page of docs/ can be reached from its index", () => {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    for (const [, target = ""] of prose(file).matchAll(/\]\(([^)\s#]+\.md)[^)]*\)/g)) {
      if (!/^[a-z]+:/.test(target)) visit(relative("", join(dirname(file), target)));
    }
  };
  visit("docs/README.md");
  expect(pages().filter((file) => file.startsWith("docs/") && !seen.has(file))).toEqual([]);
});
