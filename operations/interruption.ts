import { Failure } from "./failure";

/** How a person stops what runs: first gently, so that it may finish what it began; then, if they insist, at once. */
export interface Interruption {
  /** Aborted by the first Ctrl-C. */
  readonly gentle: AbortSignal;
  /** Aborted when the person insists. */
  readonly hard: AbortSignal;
  /**
   * From now on signals abort these instead of ending the process; what is returned gives that up again. Only for what must not
   * be cut off: everything else may simply end.
   * @default - somebody else decides what signals do
   */
  readonly trap?: () => () => void;
}

/** Work that a person stopped; says what state it left. */
export class Interrupted extends Failure {}

/** @throws Interrupted when the person has asked to stop; call it between two steps */
export function stopIfAsked({ gentle }: Interruption, state: string, remedy?: string): void {
  if (gentle.aborted) throw new Interrupted(`Stopped. ${state}`, remedy);
}

/** For callers that cannot be interrupted. */
export const UNINTERRUPTED: Interruption = {
  gentle: new AbortController().signal,
  hard: new AbortController().signal,
};
