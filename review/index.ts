export type { Category, Finding, Severity } from "./finding";
export { FORMATS, type Format, type FormatOptions, format } from "./formats";
export { type JsonReport, reportSchema, toJson } from "./formats/json";
export { changesText } from "./formats/text";
export { changesInWords, type Report } from "./report";
export { type ReviewOptions, review, reviewPlan } from "./review";
export type { Rule } from "./rule";
export { RULES } from "./rules";
export { lostVolumes } from "./world/loss";
