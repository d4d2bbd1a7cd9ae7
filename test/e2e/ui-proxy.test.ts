import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { RegistryImages } from "../../constructs";
import { RegistryClient } from "../../operations/registry/client";
import { startCaddy, startNginx } from "../support/example-proxies";
import { freePort, showWhenTestFails, temporaryDirectory } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeUnless, describeWithTools } from "../support/tools";
import { issue } from "../support/x509";
import { browserMissing, closeDialogs, RealBrowser, trusting } from "./support/browser";
import { Deployment, docker } from "./support/deployment";
import { findImage, findNeeds } from "./support/needs";
import { TeamImages } from "./support/team-images";

const NAME = "proxied";
const HOST = "registry.example.com";
/** The page's own name: the registry's leads to the registry. */
const PAGE_HOST = "browse.example.com";

describe("end to end", async () => {
  const needs = await findNeeds();
  const image = needs.missing ? { name: "" } : await findImage(new RegistryImages().ui.toString());

  describeUnless(needs.missing ?? image.missing ?? browserMissing, "a page to browse, behind a proxy", () => {
    const path = temporaryDirectory();
    const server = issue(PAGE_HOST, { names: [PAGE_HOST] });
    const browser = new RealBrowser([`--host-resolver-rules=MAP ${PAGE_HOST} 127.0.0.1`, trusting(server.certificate)]);
    let stack: Deployment;
    let pagePort: number;

    beforeAll(async () => {
      pagePort = await freePort();
      const tls = { mode: "behind-proxy", url: `https://${HOST}` };
      const port = await freePort();
      stack = new Deployment(needs, NAME, port, {
        images: { ...needs.images, ui: image.name },
        registry: { host: HOST, publish: { port }, tls },
        storage: { rustfs: { volume: { protect: false } } },
        ui: { publish: { port: pagePort } },
      });
      expect((await stack.apply()).stderr).toBe("");
      const login = { user: stack.user.name, password: stack.user.password };
      const images = new TeamImages(new RegistryClient({ url: stack.url, login }));
      await images.push("shop/checkout", ["1.9.0"], { platforms: ["amd64"], layerKb: [300], daysOld: 3 });
    });
    afterAll(async () => {
      await docker("rm", "-f", `${NAME}-ui`);
      await stack.remove();
    });

    describe.each([
      ["nginx", startNginx],
      ["caddy", startCaddy],
    ] as const)("%s, as the example configures it", (program, start) => {
      describeWithTools("the program", [program], (tools) => {
        test("asks for the login, and shows tags and sizes", async () => {
          const port = await freePort();
          const proxy = await start(tools[program], path, {
            ...{ host: PAGE_HOST, port, to: `127.0.0.1:${pagePort}` },
            certificate: writeFile(path("server.pem"), server.certificate),
            key: writeFile(path("server.key"), server.key),
          });
          onTestFinished(async () => void (await proxy.stop()));
          showWhenTestFails(() => proxy);
          const origin = `https://${PAGE_HOST}:${port}`;
          const stranger = await browser.visit();
          const questions = await closeDialogs(stranger);
          await stranger.page.goto(origin);
          await stranger.page.getByText("authentication required").waitFor();
          expect(questions).toEqual(expect.arrayContaining([{ origin, scheme: "basic", realm: expect.any(String) }]));

          const visit = await browser.visit({ login: { user: stack.user.name, password: stack.user.password } });
          await visit.page.goto(`${origin}/#!/taglist/shop/checkout`);
          await visit.page.getByText(`Sourced from ${HOST}/shop/checkout`).waitFor();
          await visit.page.getByText("300 KB").waitFor();
          expect(visit.complaints).toEqual([]);
          expect([...visit.origins]).toEqual([origin]);
        });
      });
    });
  });
});
