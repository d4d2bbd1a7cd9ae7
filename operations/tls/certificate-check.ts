import { diagnose, type Environment, formatDiagnostic, formatPath } from "../../config";
import type { Problem } from "../../constructs";
import { type CertificateFacts, checkCertificate } from "../../constructs/tls/certificate/certificate";
import { missingFile, readCertificateFiles } from "../../constructs/tls/certificate/files";
import { registryTls } from "../../stacks";
import { Failure } from "../failure";

/** What the files of an environment with its own certificate are worth today. */
export interface CertificateState {
  /** @default - the certificate cannot be read */
  readonly facts?: CertificateFacts;
  /** Whole days until it ends; negative when it has. */
  readonly daysLeft?: number;
  /** What stops a deployment. */
  readonly problems: readonly Problem[];
  /** What should be mended soon. */
  readonly warnings: readonly Problem[];
}

const DAY_MS = 86_400_000;
/** Less than this should not be left when something is deployed: renewing takes people. */
const WARN_DAYS = 30;

/** Reads and checks the files; `undefined` when the environment has none. Never throws. */
export function certificateState({ registry }: Environment, now: Date): CertificateState | undefined {
  const { files: named } = registryTls({ registry });
  if (!named) return undefined;
  const { files, missing } = readCertificateFiles(named);
  const { facts, problems, warnings } = checkCertificate(files, registry.host, now);
  const daysLeft = facts && Math.floor((facts.notAfter.getTime() - now.getTime()) / DAY_MS);
  const lifetime = facts ? (facts.notAfter.getTime() - facts.notBefore.getTime()) / DAY_MS : 0;
  const isLate = daysLeft !== undefined && daysLeft >= 0 && daysLeft < Math.min(WARN_DAYS, lifetime / 3);
  const late = {
    option: "tls.certificateFile",
    rule: "should be renewed",
    got: `${daysLeft} days left`,
    fix: "renew it",
  };
  return {
    facts,
    daysLeft,
    problems: [...missing.map(missingFile), ...problems],
    warnings: isLate ? [...warnings, late] : warnings,
  };
}

/**
 * What a plan says about the certificate in one line, and its warnings.
 * @throws Failure listing all that is wrong with the files
 */
export function requireCertificate(
  environment: Environment,
  now: Date,
): { readonly line: string; readonly warnings: readonly string[] } | undefined {
  const state = certificateState(environment, now);
  if (!state) return undefined;
  const { facts, daysLeft, problems, warnings } = state;
  const lines = (found: readonly Problem[]) => found.map((one) => lineOf(environment, one));
  if (problems.length > 0 || !facts) {
    throw new Failure(
      [`The certificate of ${environment.name} cannot be used; nothing was changed.`, ...lines(problems)].join("\n"),
    );
  }
  const until = facts.notAfter.toISOString().slice(0, 10);
  return {
    line: `for ${facts.names.join(", ")}, by ${facts.issuer}, until ${until}, ${daysLeft} days left`,
    warnings: lines(warnings),
  };
}

/** `prod.yaml:5:11 registry.tls.keyFile: must …, got …, do: …`, as problems of the environment's file are written. */
function lineOf(environment: Environment, { option, rule, got, fix = "correct it" }: Problem): string {
  const parts = option.match(/[^.[\]]+/g) ?? [];
  const path = ["registry", ...parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part))];
  const finding = { path, rule, got: got === undefined ? undefined : String(got), fix };
  const place = diagnose(environment, finding);
  if (place) return formatDiagnostic(place);
  return `${formatPath(path)} ${rule}${got === undefined ? "" : `, got ${got}`}, do: ${fix}`;
}
