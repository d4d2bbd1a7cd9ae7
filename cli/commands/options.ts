/** Options that several commands have. */
export const VERBOSE = ["--verbose", "show the output of the tools, too"] as const;
export const JSON_RESULT = ["--json", "print the result as JSON"] as const;
