import { createHash, X509Certificate } from "node:crypto";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll } from "vitest";
import { onPath } from "../../support/tools";

/** Why there is no browser. @default - there is one */
export const browserMissing = onPath("chromium") ? undefined : "no chromium on PATH";

export interface VisitOptions extends Pick<BrowserContextOptions, "viewport" | "reducedMotion"> {
  /** What is typed into the browser's own dialog. @default - it is closed */
  readonly login?: { readonly user: string; readonly password: string };
}

/** A page in a window of its own, and what went on in it. */
export interface Visit {
  readonly page: Page;
  /** Errors of the page's scripts, and what the browser refused or complained of. */
  readonly complaints: string[];
  /** Origins that anything was asked of. */
  readonly origins: Set<string>;
  /** Answers that let other origins read them. */
  readonly shared: string[];
}

/** Debian's Chromium, as long as a group of tests runs. */
export class RealBrowser {
  private readonly args: readonly string[];
  private browser?: Promise<Browser>;

  /** @param args of Chromium */
  constructor(args: readonly string[] = []) {
    this.args = args;
    afterAll(async () => (await this.browser)?.close());
  }

  public async visit({ login, ...options }: VisitOptions = {}): Promise<Visit> {
    this.browser ??= chromium.launch({ executablePath: onPath("chromium"), args: [...this.args] });
    const httpCredentials = login && { username: login.user, password: login.password };
    const context = await (await this.browser).newContext({ locale: "en-GB", ...options, httpCredentials });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const visit: Visit = { page, complaints: [], origins: new Set(), shared: [] };
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) visit.complaints.push(message.text());
    });
    page.on("pageerror", ({ message }) => visit.complaints.push(message));
    page.on("request", (request) => visit.origins.add(new URL(request.url()).origin));
    page.on("response", (response) => {
      if ("access-control-allow-origin" in response.headers()) visit.shared.push(response.url());
    });
    return visit;
  }
}

/** Closes the browser's own dialogs for a login. @returns what they asked for, as it comes */
export async function closeDialogs({ page }: Visit) {
  const asked: { origin: string; scheme: string; realm: string }[] = [];
  const devTools = await page.context().newCDPSession(page);
  devTools.on("Fetch.requestPaused", ({ requestId }) => devTools.send("Fetch.continueRequest", { requestId }));
  devTools.on("Fetch.authRequired", ({ requestId, authChallenge: { origin, scheme, realm } }) => {
    asked.push({ origin, scheme, realm });
    return devTools.send("Fetch.continueWithAuth", { requestId, authChallengeResponse: { response: "CancelAuth" } });
  });
  await devTools.send("Fetch.enable", { handleAuthRequests: true });
  return asked;
}

/** An argument of Chromium: as on a machine that trusts it. Each start would else need a database of certificates. */
export function trusting(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return `--ignore-certificate-errors-spki-list=${createHash("sha256").update(key).digest("base64")}`;
}
