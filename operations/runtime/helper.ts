/** What a container that works for this process is made of. */
export interface HelperSettings {
  /** The environment beside whose registry it runs. */
  readonly environment: string;
  /** What it does, which ends its name and is its component: `backup`. */
  readonly noun: string;
  readonly image: string;
  /** Keys and the like, by their paths; only the container's user reads them. */
  readonly files: Readonly<Record<string, Buffer>>;
  readonly variables: Readonly<Record<string, string>>;
}

/** What a program printed to its standard output, and what it ended with. */
export interface HelperResult {
  readonly code: number;
  readonly output: string;
}

/**
 * A container beside the registry that works for this process: it reaches what the registry reaches, and lives as long as its
 * connection to this process does, however that ends.
 */
export interface Helper {
  /** Runs a program to its end, however long that takes. @param onLine hears what it says on its standard error */
  exec(words: readonly string[], onLine: (line: string) => void): Promise<HelperResult>;
  /** Writes a file that only the container's user reads. */
  put(path: string, content: Buffer): Promise<void>;
  /** Ends it, and whatever it does. Its name is free then: what comes next may need it at once. */
  close(): Promise<void>;
}

/** The container's name, which is there once: a second one of its kind is refused. */
export function helperName({ environment, noun }: Pick<HelperSettings, "environment" | "noun">): string {
  return `${environment}-${noun}`;
}

/** What the other side of a connection that broke did, in the words of errors. */
export const HUNG_UP = "the connection to the container was lost";
