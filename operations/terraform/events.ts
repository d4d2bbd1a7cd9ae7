/** What Terraform says with `-json`, as far as it is used: one object a line, `type` tells which. */
export type TerraformEvent = DiagnosticEvent | ResourceEvent | OtherEvent;

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail?: string;
  /** The resource it is about. */
  readonly address?: string;
}

interface DiagnosticEvent {
  readonly type: "diagnostic";
  readonly diagnostic: Diagnostic;
}

interface ResourceEvent {
  readonly type: "apply_start" | "apply_progress" | "apply_complete" | "apply_errored";
  readonly hook: {
    readonly resource: { readonly addr: string };
    readonly action: "create" | "update" | "delete" | "read" | "replace" | "noop" | "forget";
    readonly elapsed_seconds?: number;
    /** The new object's id, once it is made. */
    readonly id_value?: string;
  };
}

interface OtherEvent {
  readonly type: "other";
  readonly message: string;
}

const RESOURCE_EVENTS = new Set(["apply_start", "apply_progress", "apply_complete", "apply_errored"]);

/** Reads one line; one that is no JSON is text of Terraform's that has no machine-readable form. */
export function parseEvent(line: string): TerraformEvent {
  try {
    const event = JSON.parse(line);
    if (typeof event !== "object" || event === null) return { type: "other", message: line };
    if (event.type === "diagnostic") {
      const { severity, summary, detail, address } = event.diagnostic;
      return { type: "diagnostic", diagnostic: { severity, summary, detail, address } };
    }
    if (RESOURCE_EVENTS.has(event.type)) return { type: event.type, hook: event.hook };
    return { type: "other", message: String(event["@message"] ?? "") };
  } catch {
    return { type: "other", message: line };
  }
}

/** A diagnostic as text, the way Terraform words it. */
export function formatDiagnostic({ summary, detail }: Diagnostic): string {
  return [summary.trim(), detail?.trim()].filter(Boolean).join("\n");
}
