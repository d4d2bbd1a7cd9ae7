import { check, checkKeys, publishProblems } from "../rules/checks";
import { type Problem, within } from "../values/errors";
import { UI_MEMORY_MB } from "../values/limits";
import { LABEL_NAME, UI_TITLE } from "../values/names";
import type { UiOptions } from "./options";

/** What is wrong with the page's own options. */
export function uiProblems({ publish, title, labels, memoryMb }: UiOptions): (Problem | undefined)[] {
  return [
    ...within("publish", publishProblems(publish)),
    check("title", title, UI_TITLE),
    ...checkKeys("labels", labels, LABEL_NAME),
    check("memoryMb", memoryMb, UI_MEMORY_MB),
  ];
}
