/** What the ACME server's directory said to a plain request, which counts against no limit and orders nothing. */
export interface DirectoryAnswer {
  /** Of an HTTP answer. @default - there was none */
  readonly status?: number;
  /** The header as it came: seconds, or a date. @default - none */
  readonly retryAfter?: string;
  /** Why there was no answer, in the tool's words. */
  readonly error?: string;
}

/** Why no certificate comes, as the directory shows it. */
export interface DirectoryFailure {
  readonly id: "rate-limited" | "server-error" | "directory-unreachable" | "directory-wrong";
  readonly message: string;
  readonly remedy: string;
}

/** What an answer means; nothing when the directory is as it should be. */
export function judgeDirectory(answer: DirectoryAnswer, url: string, now: number): DirectoryFailure | undefined {
  const { status, retryAfter, error } = answer;
  const pause = waitText(retryAfter, now);
  if (status === undefined)
    return {
      id: "directory-unreachable",
      message: `The ACME server at ${url} is not reached from the registry's network: ${error || "no answer"}`,
      remedy:
        "the container needs a way out: DNS and port 443 from the Docker host. Where there is an HTTP proxy, set HTTPS_PROXY in registry.environment",
    };
  if (status === 429)
    return {
      id: "rate-limited",
      message: `The ACME server at ${url} limits requests (HTTP 429)${pause && `: wait ${pause}`}`,
      remedy: `wait ${pause || "an hour"}; nothing is broken, and a restart of the registry only asks again`,
    };
  if (status >= 500)
    return {
      id: "server-error",
      message: `The ACME server at ${url} fails (HTTP ${status})${pause && `: it asks to wait ${pause}`}`,
      remedy: `wait ${pause || "until it works again"}; the registry asks again at the next connection`,
    };
  if (status >= 400)
    return {
      id: "directory-wrong",
      message: `What answers at ${url} is no ACME directory: HTTP ${status}`,
      remedy:
        "correct registry.tls.directoryUrl, path included, e.g. https://acme.example.com/acme/acme/directory for step-ca",
    };
  return undefined;
}

/** `1 h 5 min, until 17:20 UTC`; empty when nothing was said. */
export function waitText(retryAfter: string | undefined, now: number): string {
  if (!retryAfter) return "";
  const until = /^\d+$/.test(retryAfter) ? now + Number(retryAfter) * 1000 : Date.parse(retryAfter);
  const seconds = Math.ceil((until - now) / 1000);
  if (Number.isNaN(seconds) || seconds <= 0) return "";
  const minutes = Math.ceil(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const length =
    seconds < 60 ? `${seconds} s` : [hours && `${hours} h`, rest && `${rest} min`].filter(Boolean).join(" ");
  const end = new Date(until).toISOString();
  return `${length}, until ${hours < 12 ? end.slice(11, 16) : end.slice(0, 16).replace("T", " ")} UTC`;
}
