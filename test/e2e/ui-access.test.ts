import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RegistryImages } from "../../constructs";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { RegistryClient } from "../../operations/registry/client";
import { ANY_MANIFEST } from "../../operations/registry/media-types";
import { freePort } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { issue } from "../support/x509";
import { browserMissing, closeDialogs, RealBrowser, trusting } from "./support/browser";
import { Deployment, docker } from "./support/deployment";
import { findImage, findNeeds } from "./support/needs";
import { TeamImages } from "./support/team-images";

const NAME = "seen-by-right";
const HOST = "localhost";
const passwordOf = (user: string) => ({ user, password: `password-of-${user}` });

describe("end to end", async () => {
  const needs = await findNeeds();
  const pinned = new RegistryImages();
  const find = async (image: string) => (needs.missing ? { name: "", missing: needs.missing } : await findImage(image));
  const [ui, tokenServer] = [await find(`${pinned.ui}`), await find(`${pinned.tokenServer}`)];
  const missing = ui.missing ?? tokenServer.missing ?? browserMissing;

  describeUnless(missing, "a page to browse, where rights are by repository", () => {
    const root = issue("Example Root", { ca: true });
    const server = issue(HOST, { names: [HOST], issuer: root });
    const browser = new RealBrowser([trusting(server.certificate)]);
    let stack: Deployment;
    let page: number;
    let client: RegistryClient;

    const origin = () => `https://${HOST}:${page}`;
    const open = async (user: string, path = "") => {
      const visit = await browser.visit({ login: passwordOf(user) });
      await visit.page.goto(`${origin()}/${path}`);
      return visit;
    };
    const statusOf = async (repository: string, tag: string) => {
      const options = { headers: { accept: ANY_MANIFEST } };
      return (await client.request("HEAD", `/v2/${repository}/manifests/${tag}`, options)).status;
    };

    beforeAll(async () => {
      page = await freePort();
      const port = await freePort();
      stack = new Deployment(needs, NAME, port, {
        images: { ...needs.images, ui: ui.name, tokenServer: tokenServer.name },
        registry: {
          host: HOST,
          publish: { port },
          tls: { mode: "certificate", certificateFile: "certs/tls.crt", keyFile: "certs/tls.key" },
        },
        storage: { rustfs: { volume: { protect: false } } },
        ui: { publish: { port: page }, delete: true },
        access: {
          port: await freePort(),
          catalog: ["alice"],
          rules: [
            { repository: "public/*", who: ["anyone"], may: ["pull"] },
            { repository: "team/*", who: ["alice"], may: ["pull", "push", "delete"] },
            { repository: "**", who: ["admin"], may: ["pull", "push", "delete"] },
          ],
        },
      });
      writeFile(`${stack.directory}/certs/tls.crt`, server.certificate);
      writeFile(`${stack.directory}/certs/tls.key`, server.key);
      const users = ["admin", "alice", "bob"].reduce(
        (file, user) => file.with(user, passwordOf(user).password, 4),
        Htpasswd.empty,
      );
      stack.changeSecrets({ registry_htpasswd: users.toString() });
      expect((await stack.apply()).stderr).toBe("");
      const ca = [root.certificate];
      client = new RegistryClient({ url: `https://${HOST}:${port}`, login: passwordOf("admin"), ca });
      const images = new TeamImages(client);
      for (const name of ["public/base", "team/app", "secret/plan"])
        await images.push(name, ["1"], { platforms: ["amd64"], layerKb: [30], daysOld: 1 });
    });
    afterAll(async () => {
      await docker("rm", "-f", `${NAME}-ui`, `${NAME}-token`);
      await stack.remove();
    });

    test("asks for the login at its own origin, though anyone may pull something", async () => {
      const visit = await browser.visit();
      const questions = await closeDialogs(visit);
      await visit.page.goto(origin());
      await expect.poll(() => questions).toContainEqual({ origin: origin(), scheme: "basic", realm: "registry" });
      await visit.page.getByText("0 images").waitFor();
    });

    test("shows a user what the rules give, and nothing else", async () => {
      const visit = await open("alice");
      for (const name of ["public/base", "team/app", "secret/plan"]) await visit.page.getByText(name).waitFor();
      await visit.page.goto(`${origin()}/#!/taglist/team/app`);
      await visit.page.getByText("a day ago").waitFor();
      // Each token is asked for after a refusal, which Chromium writes down.
      expect(visit.complaints.filter((text) => !text.includes("401"))).toEqual([]);
      expect([...visit.origins]).toEqual([origin()]);
      const other = await open("alice", "#!/taglist/secret/plan");
      await other.page.getByText("authentication required").waitFor();
      expect(await other.page.getByText("a day ago").count()).toBe(0);
    });

    test("lists repositories to those in catalog only, and shows the others what they may pull", async () => {
      const listed = await open("bob");
      await listed.page.getByText("0 images").waitFor();
      const { page } = await open("bob", "#!/taglist/public/base");
      await page.getByText("a day ago").waitFor();
    });

    test("deletes for who may, and for nobody else", async () => {
      const remove = async (user: string, repository: string) => {
        const { page } = await open(user, `#!/taglist/${repository}`);
        await page.locator("remove-image material-button[disabled='false'] button").first().click();
        await page.locator("confirm-delete-image button").filter({ hasText: "Delete" }).click();
        return page;
      };
      const refused = await remove("bob", "public/base");
      await refused.getByText("authentication required").waitFor();
      expect(await statusOf("public/base", "1")).toBe(200);
      await (await remove("alice", "team/app")).getByText("Deleting ").waitFor();
      await expect.poll(() => statusOf("team/app", "1")).toBe(404);
    });
  });
});
