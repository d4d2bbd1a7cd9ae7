import type { Environment } from "../../config";
import { distributionLog, type LogReader } from "./distribution-log";
import { tokenLog } from "./token-log";

/** A container whose log says what people did. */
export interface AuditSource {
  /** What its container is called after the environment. */
  readonly noun: string;
  readonly reader: () => LogReader;
  /** Its lines need the engine's times: its own have no year. */
  readonly timestamps: boolean;
  /** Without it nothing can be said. */
  readonly isRequired: boolean;
}

const REGISTRY: AuditSource = { noun: "registry", reader: distributionLog, timestamps: false, isRequired: true };
const TOKEN: AuditSource = { noun: "token", reader: tokenLog, timestamps: true, isRequired: false };

/** The registry; with rights the token server, too, which passwords are sent to. */
export function auditSources({ access }: Pick<Environment, "access">): AuditSource[] {
  return access ? [REGISTRY, TOKEN] : [REGISTRY];
}
