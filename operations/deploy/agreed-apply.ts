import type { Report } from "../../review";
import { command } from "../command";
import { Failure } from "../failure";
import type { Operation } from "../operation";
import { reviewOf } from "../review/policy";
import { type Applied, applySavedPlan, checkSavedPlan, showSavedPlan } from "./apply";
import { connectHost } from "./host";

export interface AgreedApplyOptions {
  /** Fingerprint of the review that was approved: nobody is asked then. @default - a person is asked */
  readonly approved?: string;
  /** Sees what the plan does. */
  readonly show: (report: Report) => void;
  /** Agrees by not throwing. @param createdAt when the plan was made */
  readonly agree: (createdAt: string) => Promise<void>;
}

/**
 * Applies the saved plan, as it is at this moment, when somebody agrees to it or has approved it.
 * @returns nothing when the plan changes nothing
 * @throws Failure when it does not hold any more, or is not the approved one
 */
export async function applyAgreed(
  operation: Operation,
  { approved, show, agree }: AgreedApplyOptions,
): Promise<Applied | undefined> {
  const { name } = operation.environment;
  const record = checkSavedPlan(operation);
  if (!record.changes) return undefined;
  const saved = await showSavedPlan(operation, record);
  const report = reviewOf(saved.plan, name);
  if (approved !== undefined) requireApproved(report, approved, name);
  const runtime = await connectHost(operation);
  show(report);
  if (approved === undefined) await agree(record.createdAt);
  return applySavedPlan(operation, runtime, saved, saved.directory);
}

/** @throws Failure when the plan is not the one that was approved, or nothing was */
function requireApproved({ fingerprint }: Report, approved: string, name: string): void {
  if (fingerprint !== undefined && fingerprint === approved) return;
  throw new Failure(
    /^[0-9a-f]{64}$/.test(approved)
      ? `The plan of ${name} was not applied, because it is not the approved one: approved ${approved}, now ${fingerprint}`
      : `Nothing was approved for ${name}, so nothing was applied: --approved needs the 64 digits of a fingerprint, got '${approved}'`,
    `open a pull request that shows this plan; or look at it and apply it by hand: ${command("apply", name)}`,
  );
}
