import { command } from "../command";
import { RegistryClient, type RegistryClientOptions } from "../registry/client";
import { type Checks, failed, passed } from "./check";
import { unexpected } from "./round-trip";

/** The page to browse is there, shows nothing to strangers, and lets nobody push. No password is needed for it. */
export async function checkPage(checks: Checks, options: Omit<RegistryClientOptions, "login">): Promise<void> {
  const client = new RegistryClient(options);
  await checks.run("ui", `the page at ${options.url} shows itself, asks for a login and takes no push`, async () => {
    const page = await client.request("GET", "/");
    if (page.status !== 200) return unexpected(page, 200, "the page");
    const images = await client.request("GET", "/v2/_catalog");
    if (images.status === 200)
      return failed("it lists the images to nobody: every image is open", (name) => command("plan", name));
    if (images.status !== 401) return unexpected(images, 401, "its list of images");
    const push = await client.request("POST", "/v2/private-registry/verify/blobs/uploads/");
    return push.status === 405 ? passed() : unexpected(push, 405, "a push");
  });
}
