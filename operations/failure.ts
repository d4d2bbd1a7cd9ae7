/** Something that went wrong and that a person can mend; not a bug. Its message needs no stack trace. */
export class Failure extends Error {
  /** What to do about it. */
  public readonly remedy?: string;
  /** The raw error of the tool that failed. */
  public readonly details?: string;

  constructor(
    /** What happened, in one line. */
    message: string,
    remedy?: string,
    details?: string,
  ) {
    super(message);
    this.remedy = remedy;
    this.details = details;
    this.name = "Failure";
  }
}
