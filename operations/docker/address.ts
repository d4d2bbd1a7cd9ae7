/** Whether an engine's address means this machine. */
export function isLocalHost(host: string): boolean {
  return /^(unix|npipe):/.test(host) || /^tcp:\/\/(127\.|localhost[:/]|\[::1\])/.test(host);
}

/** Name or address of the machine the engine runs on; this one has none. */
export function dockerHostName(host: string): string | undefined {
  return isLocalHost(host) ? undefined : new URL(host).hostname.replace(/^\[|\]$/g, "");
}
