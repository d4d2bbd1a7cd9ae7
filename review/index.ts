export { PolicyError } from "./acknowledgements";
export { CATEGORIES, type Category, type Finding, SEVERITIES, type Severity } from "./finding";
export { FORMATS, type Format, type FormatOptions, format } from "./formats";
export { type JsonReport, reportSchema, toJson } from "./formats/json";
export { marker } from "./formats/markdown";
export type { Report } from "./report";
export { type ReviewOptions, review } from "./review";
export type { Rule } from "./rule";
export { RULES } from "./rules";
