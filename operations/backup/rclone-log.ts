/** How far a copy is. */
export interface CopyState {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly files: number;
  readonly totalFiles: number;
  readonly bytesPerSecond: number;
}

/** Something that rclone could not do. */
export interface RcloneError {
  /** The file, relative to what was copied. @default - it is about the whole */
  readonly object?: string;
  readonly message: string;
}

interface Line {
  readonly level?: string;
  readonly msg?: string;
  readonly object?: string;
  readonly stats?: Readonly<Record<string, number>>;
}

/** The error in a line of rclone's log; nothing when it tells something else. */
export function errorOf(line: string): RcloneError | undefined {
  const { level, msg, object } = read(line);
  if (msg === undefined || !/^(error|critical|fatal|emergency|alert)$/.test(level ?? "")) return undefined;
  return { object, message: msg.trim() };
}

/** The state in a line of rclone's log; nothing when it tells something else. */
export function stateOf(line: string): CopyState | undefined {
  const { stats } = read(line);
  if (!stats) return undefined;
  const { bytes = 0, totalBytes = 0, transfers = 0, totalTransfers = 0, speed = 0 } = stats;
  return { bytes, totalBytes, files: transfers, totalFiles: totalTransfers, bytesPerSecond: speed };
}

/** What it says before it reads its flags is no JSON. */
function read(line: string): Line {
  if (!line.startsWith("{")) return /^(Error|Fatal|Failed)/i.test(line) ? { level: "error", msg: line } : {};
  try {
    return JSON.parse(line) as Line;
  } catch {
    return {};
  }
}
