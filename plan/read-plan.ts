import { attributeChanges } from "./attributes";
import { declarations } from "./declarations";
import { get, list, MAX_DEPTH, record, strings, text } from "./json";
import { kindOf, withoutNumbers } from "./kubernetes-facts";
import { Masking } from "./masking";
import {
  type Action,
  type Change,
  type CheckResult,
  type OutputChange,
  type Plan,
  UNKNOWN,
  type Values,
} from "./model";
import { dockerProviderVersion, providerSettings } from "./providers";

// The one place (with declarations.ts for its `configuration` part) that knows Terraform's plan JSON.
// hashicorp/terraform internal/command/jsonplan; `format_version` 1.x promises that unknown keys may be ignored.

/** The document cannot be reviewed; the message says why and what to do. */
export class NotReviewable extends Error {
  public override readonly name = "NotReviewable";
}

/** Reads `terraform show -json PLAN` (or `tofu show -json PLAN`), without its secrets. */
export function readPlan(document: unknown): Plan {
  checkFormat(document);
  const masking = new Masking(document);
  const read = (entry: unknown) => readChange(entry, masking);
  const changes = list(get(document, "resource_changes"))
    .filter((entry) => get(entry, "mode") !== "data")
    .map(read);
  return {
    source: "plan",
    terraformVersion: version(get(document, "terraform_version"), masking),
    dockerProvider: dockerProviderVersion(document, masking),
    providerSettings: providerSettings(document, masking),
    changes,
    drift: list(get(document, "resource_drift"))
      .map(read)
      .filter((change) => change.action === "delete" || change.attributes.length > 0),
    declarations: declarations(get(document, "configuration"), masking),
    outputs: outputs(document, masking),
    failedChecks: list(get(document, "checks")).flatMap((check) => failedCheck(check, masking)),
    complete: get(document, "complete") !== false,
  };
}

function checkFormat(document: unknown): void {
  const format = get(document, "format_version");
  if (typeof format !== "string" || !/^\d+\.\d+/.test(format)) {
    const isState = get(document, "lineage") !== undefined || get(document, "serial") !== undefined;
    throw new NotReviewable(
      isState
        ? "this is a Terraform state, not a plan; make one with `terraform plan -out=plan` and `terraform show -json plan`"
        : "this is no plan: it has no `format_version`; make one with `terraform plan -out=plan` and `terraform show -json plan`",
    );
  }
  if (!format.startsWith("1.")) {
    throw new NotReviewable(
      `plan format ${format} is not known here, only 1.x; a newer version of this tool may read it`,
    );
  }
  if (get(document, "errored") === true) throw new NotReviewable(erroredPlan(document));
  const isState = get(document, "values") !== undefined;
  if (!Array.isArray(get(document, "resource_changes")) && (isState || get(document, "planned_values") === undefined)) {
    throw new NotReviewable(
      isState
        ? "this is a state, not a plan: `terraform show -json` was given no plan file"
        : "this is no plan: it has neither `resource_changes` nor `planned_values`",
    );
  }
}

/** The plan file keeps that planning failed, but not the message; failed conditions are all it tells. */
function erroredPlan(document: unknown): string {
  const masking = new Masking(document);
  const failed = list(get(document, "checks")).flatMap((check) => failedCheck(check, masking));
  const reasons = failed.map(({ address, messages }) => `${address}: ${messages.join("; ") || "a condition failed"}`);
  return reasons.length > 0
    ? `planning failed, nothing can be applied. ${reasons.join(". ")}`
    : "planning failed, so this plan is only a part and cannot be applied. Terraform keeps the reason out of the file " +
        "(often `prevent_destroy`): run `terraform plan` and read its error";
}

function failedCheck(check: unknown, masking: Masking): CheckResult[] {
  const status = get(check, "status");
  if (status !== "fail" && status !== "error") return [];
  const messages = list(get(check, "instances"))
    .flatMap((instance) => list(get(instance, "problems")))
    .map((problem) => text(get(problem, "message")))
    .filter((message) => message !== undefined);
  const address = text(get(get(check, "address"), "to_display")) ?? "a check";
  return [{ address: masking.text(address), status, messages: messages.map((message) => masking.text(message)) }];
}

function readChange(entry: unknown, masking: Masking): Change {
  const change = get(entry, "change");
  const type = masking.text(text(get(entry, "type")) ?? "unknown");
  const actions = strings(get(change, "actions"));
  const action = readAction(actions);
  const replacePaths = list(get(change, "replace_paths")).map((path) => pathText(type, path));
  const before = values(masking.apply(get(change, "before"), get(change, "before_sensitive")));
  const known = withUnknown(get(change, "after"), get(change, "after_unknown"), 0);
  const after =
    action === "delete" || action === "forget"
      ? undefined
      : values(masking.apply(known, get(change, "after_sensitive")));
  return {
    address: addressOf(entry, type, masking),
    type,
    action,
    createFirst: actions[0] === "create" && actions.length > 1,
    keepsOld: actions.includes("forget"),
    reason: text(get(entry, "action_reason")),
    replacePaths: [...new Set(replacePaths.map((path) => masking.text(path)))],
    previousAddress: masked(get(entry, "previous_address"), masking),
    importing: get(change, "importing") !== undefined,
    before,
    after,
    attributes: attributeChanges(type, action, before, after, replacePaths),
  };
}

/** Docker's attributes are sets, whose members have no path; those of Kubernetes are blocks in blocks. */
function pathText(type: string, path: unknown): string {
  const steps = list(path).map(String);
  return kindOf(type) === undefined ? (steps[0] ?? "") : withoutNumbers(steps.join("."));
}

/** What a failed replacement left over shares its address with the current object. */
function addressOf(entry: unknown, type: string, masking: Masking): string {
  const address = masking.text(text(get(entry, "address")) ?? `${type}.?`);
  const deposed = masked(get(entry, "deposed"), masking);
  return deposed ? `${address} (deposed ${deposed})` : address;
}

function readAction(actions: readonly string[]): Action {
  const has = (action: string) => actions.includes(action);
  if (has("create")) return has("delete") || has("forget") ? "replace" : "create";
  if (has("delete")) return "delete";
  if (has("forget")) return "forget";
  if (has("update")) return "update";
  return has("read") ? "read" : "none";
}

/** `after` leaves out what is unknown; `after_unknown` says where. */
function withUnknown(after: unknown, unknown: unknown, depth: number): unknown {
  if (unknown === true) return UNKNOWN;
  if (unknown === undefined || unknown === false || depth > MAX_DEPTH) return after;
  if (Array.isArray(after)) {
    const marks = list(unknown);
    return after.map((item, index) => withUnknown(item, marks[index], depth + 1));
  }
  if (Array.isArray(unknown) || typeof after === "string") return after;
  const marks = Object.entries(record(unknown)).filter(([, mark]) => mark !== false);
  const filled = marks.map(([key, mark]) => [key, withUnknown(get(after, key), mark, depth + 1)]);
  return filled.length === 0 ? after : { ...record(after), ...Object.fromEntries(filled) };
}

function values(value: unknown): Values | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Values) : undefined;
}

function masked(value: unknown, masking: Masking): string | undefined {
  const plain = text(value);
  return plain && masking.text(plain);
}

function version(value: unknown, masking: Masking): string | undefined {
  return masked(value, masking)?.slice(0, 40);
}

function outputs(document: unknown, masking: Masking): OutputChange[] {
  return Object.entries(record(get(document, "output_changes"))).flatMap(([name, change]) => {
    if (strings(get(change, "actions")).every((action) => action === "no-op")) return [];
    return {
      name: masking.text(name),
      before: masking.apply(get(change, "before"), get(change, "before_sensitive")),
      after: masking.apply(
        withUnknown(get(change, "after"), get(change, "after_unknown"), 0),
        get(change, "after_sensitive"),
      ),
    };
  });
}
