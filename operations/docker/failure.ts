import { Failure } from "../failure";
import { type FailureContext, recognise } from "../known-failures";

/** An error of the Docker client in a person's words. */
export function dockerFailure(error: unknown, host: string, more: Partial<FailureContext> = {}): Failure {
  if (error instanceof Failure) return error;
  const details = messageOf(error);
  const known = recognise(details, { environment: "", dockerHost: host, ...more });
  return new Failure(known?.message ?? `Docker at ${host} refuses`, known?.remedy, details);
}

/** The engine's own sentence, without the library's prefix. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  // Several addresses tried, and none of them answered: the error itself is empty.
  const inner = error instanceof AggregateError ? error.errors.map(messageOf).join("; ") : error.message;
  return inner || code || error.name;
}
