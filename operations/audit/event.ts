/** What an event can be about; all but pulls are listed unless somebody asks for others. */
export const AUDIT_ACTIONS = ["push", "delete", "mount", "login", "failed", "pull"] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** One thing that somebody did, or was refused. What the log does not say is left out. */
export interface AuditEvent {
  /** UTC, in ISO 8601, as the registry wrote it. */
  readonly time: string;
  readonly action: AuditAction;
  readonly user?: string;
  readonly repository?: string;
  /** Tag, when the client named one. */
  readonly tag?: string;
  /** Digest, when the client named one: a push by tag has none in the log. */
  readonly digest?: string;
  /** Repository that a layer was mounted from. */
  readonly from?: string;
  /** Of the client, without a port. */
  readonly address?: string;
  /** The address is what a header of the request says: a proxy's word, or the client's own. */
  readonly forwarded?: true;
  /** What the client calls itself. */
  readonly agent?: string;
  /** `ok`, or why not. */
  readonly result: string;
  readonly status?: number;
  /** Of the request: notifications have the same. */
  readonly id?: string;
}

/** Which events are wanted. */
export interface AuditFilter {
  readonly user?: string;
  /** Its name, or a name's beginning with `*` at the end. */
  readonly repository?: string;
  /** @default - all but pulls */
  readonly actions?: readonly AuditAction[];
  /** Nothing older, in seconds since 1970. @default - no limit */
  readonly since?: number;
}

export function isWanted(event: AuditEvent, { user, repository, actions, since }: AuditFilter): boolean {
  if (user !== undefined && event.user !== user) return false;
  if (repository !== undefined && !fits(event.repository, repository)) return false;
  if (since !== undefined && Date.parse(event.time) < since * 1000) return false;
  return actions ? actions.includes(event.action) : event.action !== "pull";
}

function fits(name = "", pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** One line of JSON, the same for the same event. */
export function auditLine(event: AuditEvent): string {
  return JSON.stringify(event);
}
