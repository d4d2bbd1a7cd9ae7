import { randomBytes } from "node:crypto";
import { command } from "../command";
import { header, type RegistryClient } from "../registry/client";
import type { Login } from "../registry/login";
import { type Checks, failed, passed, reason, skipped } from "./check";
import { unexpected } from "./round-trip";

/** Something answers, and it is a registry. @returns whether it does */
export function checkReachable(checks: Checks, client: RegistryClient, url: string): Promise<boolean> {
  return checks.run("reachable", `${url}/v2/ answers`, async () => {
    try {
      const answer = await client.request("GET", "/v2/", { as: null });
      if (answer.status === 503)
        return failed(
          "HTTP 503: the registry runs, but its storage does not answer",
          (name) => `${command("logs", name, "registry")} says more`,
        );
      if (answer.status !== 200 && answer.status !== 401) return failed(`HTTP ${answer.status}: this is no registry`);
      return passed();
    } catch (error) {
      return failed(
        reason(error),
        (name) => `does it run (${command("status", name)}), and does a firewall let you through?`,
      );
    }
  });
}

/** Who has no password, or the wrong one, gets nothing. */
export async function checkRefusals(checks: Checks, client: RegistryClient, user: string): Promise<void> {
  const isClosed = await checks.run("anonymous", "anonymous requests are refused", async () => {
    for (const path of ["/v2/", "/v2/_catalog"]) {
      const answer = await client.request("GET", path, { as: null });
      if (answer.status === 200)
        return failed(
          `GET ${path} answered 200 to nobody: every image is open`,
          (name) => `close it, then find out how: ${command("plan", name)}`,
        );
      if (answer.status !== 401) return unexpected(answer, 401, `GET ${path}`);
      if (!header(answer, "www-authenticate")) return failed(`GET ${path} does not say how to log in`);
    }
    const upload = await client.request("POST", "/v2/private-registry/verify/blobs/uploads/", { as: null });
    return upload.status === 401 ? passed() : unexpected(upload, 401, "a push");
  });
  await checks.run("wrong-password", "a wrong password is refused", async () => {
    if (!isClosed) return skipped("nobody is asked for one");
    const answer = await client.request("GET", "/v2/", { as: { user, password: randomBytes(12).toString("hex") } });
    return answer.status === 401 ? passed() : unexpected(answer, 401);
  });
}

/** The right password opens. @returns whether it does */
export function checkLogin(checks: Checks, client: RegistryClient, login: Login | undefined): Promise<boolean> {
  return checks.run("login", login ? `${login.user} can log in` : "a user can log in", async () => {
    if (!login)
      return skipped("no password at hand: secrets init makes a user for this, or give --user and --password-stdin");
    const answer = await client.request("GET", "/v2/", { as: login });
    if (answer.status === 401)
      return failed(
        `the registry refuses ${login.user}`,
        (name) =>
          `users changed since the last apply? ${command("plan", name)}, then ${command("apply", name)} deploys them`,
      );
    return answer.status === 200 ? passed() : unexpected(answer, 200);
  });
}
