import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RegistryImages } from "../../constructs";
import { RegistryClient } from "../../operations/registry/client";
import { ANY_MANIFEST } from "../../operations/registry/media-types";
import { freePort } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { issue } from "../support/x509";
import { browserMissing, closeDialogs, RealBrowser, trusting, type Visit, type VisitOptions } from "./support/browser";
import { Deployment, docker } from "./support/deployment";
import { findImage, findNeeds } from "./support/needs";
import { type Descriptor, TeamImages } from "./support/team-images";

const NAME = "seen";
const HOST = "registry.example.com";
const DESKTOP = { width: 960, height: 600 };
/** `npm run pictures` writes the documentation's; any port will do otherwise. */
const writesPictures = process.env.PICTURES === "write";
const PICTURE = "docs/pictures/ui-tags.png";

describe("end to end", async () => {
  const needs = await findNeeds();
  const image = needs.missing ? { name: "" } : await findImage(new RegistryImages().ui.toString());

  describeUnless(needs.missing ?? image.missing ?? browserMissing, "a page to browse, in a browser", () => {
    const root = issue("Example Root", { ca: true });
    const server = issue(HOST, { names: [HOST, "localhost"], issuer: root });
    const resolves = `--host-resolver-rules=MAP ${HOST} 127.0.0.1`;
    const browser = new RealBrowser([resolves, trusting(server.certificate)]);
    const strange = new RealBrowser([resolves]);
    let stack: Deployment;
    let pagePort: number;
    let client: RegistryClient;
    let storefront: Descriptor;
    let checkout: Descriptor;

    const environment = (ui: object) => ({
      images: { ...needs.images, ui: image.name },
      registry: {
        host: HOST,
        publish: { port: stack.port },
        tls: { mode: "certificate", certificateFile: "certs/tls.crt", keyFile: "certs/tls.key" },
      },
      storage: { rustfs: { volume: { protect: false } } },
      ui: { publish: { port: pagePort }, title: "Example Shop", ...ui },
    });
    const origin = () => `https://${HOST}:${pagePort}`;
    const login = () => ({ user: stack.user.name, password: stack.user.password });
    const open = async (path: string, options: VisitOptions = {}) => {
      const visit = await browser.visit({ login: login(), viewport: DESKTOP, ...options });
      await visit.page.goto(`${origin()}/${path}`);
      return visit;
    };
    const tagRow = ({ page }: Visit, tag: string) =>
      page.locator("tag-table tbody tr").filter({ has: page.getByText(tag, { exact: true }) });
    const statusOf = async (repository: string, reference: string) => {
      const options = { headers: { accept: ANY_MANIFEST } };
      return (await client.request("HEAD", `/v2/${repository}/manifests/${reference}`, options)).status;
    };

    beforeAll(async () => {
      pagePort = writesPictures ? 8443 : await freePort();
      stack = new Deployment(needs, NAME, writesPictures ? 443 : await freePort(), {});
      writeFile(`${stack.directory}/certs/tls.crt`, server.certificate);
      writeFile(`${stack.directory}/certs/tls.key`, server.key);
      stack.write(environment({}));
      expect((await stack.apply()).stderr).toBe("");
      client = new RegistryClient({ url: `https://localhost:${stack.port}`, login: login(), ca: [root.certificate] });
      const images = new TeamImages(client);
      const both = ["amd64", "arm64"];
      [storefront, checkout] = await Promise.all([
        images.push("shop/storefront", ["2.3.1", "latest"], { platforms: both, layerKb: [3300, 6100], daysOld: 2 }),
        images.push("shop/checkout", ["1.9.0"], { platforms: ["amd64"], layerKb: [3300], daysOld: 3 }),
        images.push("shop/storefront", ["2.3.0"], { platforms: both, layerKb: [3300, 5100], daysOld: 9 }),
        images.push("shop/storefront", ["2.2.4"], { platforms: both, layerKb: [3300, 5100], daysOld: 31 }),
        images.push("platform/ci-runner", ["14"], { platforms: [...both, "arm/v7"], layerKb: [330], daysOld: 20 }),
      ]);
    });
    afterAll(async () => {
      await docker("rm", "-f", `${NAME}-ui`);
      await stack.remove();
    });

    test("is not shown where nobody trusts its certificate", async () => {
      const { page } = await strange.visit();
      await expect(page.goto(origin())).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
    });

    test("asks for the registry's login, and shows no image to who closes the question", async () => {
      const visit = await browser.visit();
      const questions = await closeDialogs(visit);
      await visit.page.goto(origin());
      await visit.page.getByText("authentication required").waitFor();
      expect(questions).toEqual(expect.arrayContaining([{ origin: origin(), scheme: "basic", realm: "registry" }]));
      await visit.page.getByText("0 images").waitFor();
    });

    test("shows no image to who has a wrong password", async () => {
      const { page } = await open("", { login: { user: stack.user.name, password: "wrong" } });
      await page.getByText("authentication required").waitFor();
      await page.getByText("0 images").waitFor();
    });

    test("leads a user to an image, with its tags, sizes and platforms", async () => {
      const visit = await open("");
      const { page } = visit;
      await page.getByText("Example Shop").waitFor();
      await page.getByText(`Repositories of ${addressOf(stack.port)}`).waitFor();
      await page.getByText("platform/ci-runner").waitFor();
      await page.locator("search-bar input").pressSequentially("storefr");
      await expect.poll(() => page.getByText("platform/ci-runner").isVisible()).toBe(false);
      await page.locator('a[href$="/taglist/shop/storefront"] #waves').click();
      await page.getByText(`Sourced from ${addressOf(stack.port)}/shop/storefront`).waitFor();
      const cells = async (tag: string) =>
        (await tagRow(visit, tag).locator("td, .architecture").allTextContents()).map((cell) => cell.trim());
      await expect.poll(() => cells("2.3.1")).toEqual(expect.arrayContaining(["2 days ago", "amd64", "arm64"]));
      expect(await cells("2.3.1")).toEqual(expect.arrayContaining(["9.1 MB"]));
      expect(await cells("2.2.4")).toEqual(expect.arrayContaining(["a month ago", "8.2 MB", "amd64", "arm64"]));
      expect(await page.locator("tag-table tbody tr").count()).toBe(4);
      expect(await page.locator("remove-image").count()).toBe(0);
      expect(await page.locator("th").allTextContents()).not.toContain("Content Digest");

      await tagRow(visit, "2.3.1").locator("tag-history-button").locator("button, a").click();
      await page.getByText("linux/arm64").waitFor();
      await page.getByText("/app/server").waitFor();

      expect(visit.complaints).toEqual([]);
      expect(visit.shared).toEqual([]);
      expect([...visit.origins]).toEqual([origin()]);
    });

    test("names every platform of an image, variants too", async () => {
      const visit = await open("#!/taglist/platform/ci-runner");
      const found = () => tagRow(visit, "14").locator(".architecture").allTextContents();
      await expect.poll(found).toEqual(["amd64", "arm64", "armv7"]);
    });

    test("fits a telephone", async () => {
      const visit = await open("#!/taglist/shop/storefront", { viewport: { width: 390, height: 800 } });
      await visit.page.getByText("a month ago").waitFor();
      expect(await visit.page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      const tag = await visit.page.getByText("2.2.4", { exact: true }).boundingBox();
      expect((tag?.x ?? 390) + (tag?.width ?? 0)).toBeLessThan(390);
      expect(visit.complaints).toEqual([]);
    });

    test("looks as the documentation shows it", async () => {
      const visit = await open("#!/taglist/shop/storefront", { reducedMotion: "reduce" });
      await visit.page.getByText("a month ago").waitFor();
      await expect.poll(() => visit.page.locator(".architecture").count()).toBe(8);
      await visit.page.waitForLoadState("networkidle");
      const picture = await visit.page.screenshot({ fullPage: true });
      expect(picture.length).toBeLessThan(150_000);
      if (!writesPictures) return;
      mkdirSync("docs/pictures", { recursive: true });
      writeFileSync(PICTURE, picture);
    });

    test("deletes where that is asked for: what it lists, and the registry has lost it", async () => {
      stack.write(environment({ delete: true }));
      expect((await stack.apply()).stderr).toBe("");
      const remove = async (repository: string, tag: string) => {
        const visit = await open(`#!/taglist/${repository}`);
        const { page } = visit;
        await tagRow(visit, tag).locator("remove-image material-button[disabled='false'] button").click();
        await page.getByText("These images will be deleted").waitFor();
        const listed = await page.locator("confirm-delete-image li").allTextContents();
        await page.locator("confirm-delete-image button").filter({ hasText: "Delete" }).click();
        await page.getByText("Deleting ").waitFor();
        await expect.poll(() => tagRow(visit, tag).count()).toBe(0);
        expect(visit.complaints).toEqual([]);
        return listed.sort();
      };
      // An image for several platforms, by its index.
      const both = ["shop/storefront:2.3.1", "shop/storefront:latest"];
      expect(await remove("shop/storefront", "2.3.1")).toEqual(both);
      for (const gone of [storefront.digest, "2.3.1", "latest"])
        expect(await statusOf("shop/storefront", gone)).toBe(404);
      expect(await statusOf("shop/storefront", "2.3.0")).toBe(200);
      expect(await remove("shop/checkout", "1.9.0")).toEqual(["shop/checkout:1.9.0"]);
      expect(await statusOf("shop/checkout", checkout.digest)).toBe(404);
    });
  });
});

const addressOf = (port: number) => (port === 443 ? HOST : `${HOST}:${port}`);
