import { command } from "../command";
import { RegistryClient } from "../registry/client";
import { type Checks, failed, type Outcome, passed, reason, skipped } from "./check";
import type { PageReach } from "./page-reach";
import { unexpected } from "./round-trip";

/** The page to browse is there, shows nothing to strangers, and lets nobody push. No password is needed for it. */
export async function checkPage(
  checks: Checks,
  { url, insecure, why = "" }: PageReach,
  ca?: readonly string[],
): Promise<void> {
  if (!url) {
    await checks.run("ui", "the page to browse answers", () => skipped(why));
    return;
  }
  const client = new RegistryClient({ url, ca, insecure });
  await checks.run("ui", `the page at ${url} shows itself, asks for a login and takes no push`, async () => {
    const problem = await pageProblem(client);
    if (problem) return problem;
    const push = await client.request("POST", "/v2/private-registry/verify/blobs/uploads/");
    return push.status === 405 ? passed() : unexpected(push, 405, "a push");
  });
}

/** What is wrong with the page, as somebody finds it who has no login. @returns nothing when it is well */
export async function pageProblem(client: RegistryClient): Promise<Outcome | undefined> {
  const logs = (name: string) => `${command("logs", name, "ui")} says more`;
  const ask = (path: string, method = "GET") =>
    client.request(method, path).catch((error) => failed(reason(error), logs));
  const page = await ask("/");
  if (!("body" in page)) return page;
  if (page.status !== 200) return { ...unexpected(page, 200, "the page"), remedy: logs };
  if (!page.body.includes("<docker-registry-ui "))
    return failed(
      "something else answers there",
      (name) => `${command("up", name)} puts the page there, or says why not`,
    );
  const script = await ask("/docker-registry-ui.js", "HEAD");
  if (!("body" in script)) return script;
  if (script.status !== 200)
    return failed(
      `its script is not there, so it is empty: HTTP ${script.status}`,
      (name) => `give images.ui another image, then ${command("up", name)}`,
    );
  const images = await ask("/v2/_catalog");
  if (!("body" in images)) return images;
  if (images.status === 200)
    return failed("it lists the images to nobody: every image is open", (name) => command("plan", name));
  if (images.status === 502 || images.status === 504)
    return failed(`it does not reach the registry: HTTP ${images.status}`, logs);
  return images.status === 401 ? undefined : unexpected(images, 401, "its list of images");
}
