import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { Checks } from "../../../operations/verify/check";
import { checkPage } from "../../../operations/verify/page";
import { type PageReach, pageReach } from "../../../operations/verify/page-reach";
import { type PageAnswers, servePage, WELL } from "../../support/page-server";
import { freePort } from "../../support/process";

async function found(reach: PageReach) {
  const checks = new Checks(undefined, "lab");
  await checkPage(checks, reach);
  return checks.all[0];
}
const foundAt = async (answers: PageAnswers) => found({ url: `http://127.0.0.1:${await servePage(answers)}` });

describe("the page to browse, to somebody without a login", () => {
  test("is well", async () => {
    expect(await foundAt(WELL)).toMatchObject({ id: "ui", status: "passed" });
  });

  test.each<[string, PageAnswers, RegExp, RegExp]>([
    ["answers an error", { "GET /": [500] }, /the page: HTTP 500/, /logs lab ui/],
    ["is another program", { "GET /": [200, "<h1>It works</h1>"] }, /something else answers there/, /up lab/],
    ["is another image's", { "HEAD /docker-registry-ui.js": [404] }, /its script is not there/, /up lab/],
    ["does not reach the registry", { "GET /v2/_catalog": [502] }, /does not reach the registry/, /logs lab ui/],
    ["shows images to everybody", { "GET /v2/_catalog": [200] }, /every image is open/, /plan lab/],
  ])("%s", async (_, changes, detail, remedy) => {
    expect(await foundAt({ ...WELL, ...changes })).toMatchObject({
      ...{ status: "failed", detail: expect.stringMatching(detail), remedy: expect.stringMatching(remedy) },
    });
  });

  test("lets somebody push", async () => {
    const check = await foundAt({ ...WELL, POST: [202] });
    expect(check).toMatchObject({ status: "failed", detail: expect.stringContaining("a push") });
  });

  test("does not answer", async () => {
    expect(await found({ url: `http://127.0.0.1:${await freePort()}` })).toMatchObject({
      ...{ status: "failed", detail: expect.stringContaining("nobody listens there") },
      remedy: "private-registry logs lab ui says more",
    });
  });

  test("is not asked where it cannot be reached", async () => {
    expect(await found({ why: "on its loopback" })).toMatchObject({ status: "skipped", detail: "on its loopback" });
  });
});

describe("where the page is asked", () => {
  const CERTIFICATE = "{ mode: certificate, certificateFile: a.crt, keyFile: a.key }";
  const PROXY = "{ mode: behind-proxy, url: https://registry.example.com";
  const reach = (ui: string, tls: string, machine?: string, docker = "{}") => {
    const registry = `{ host: registry.example.com, publish: { address: 127.0.0.1 }, tls: ${tls} }`;
    const text = `docker: ${docker}\nregistry: ${registry}\nui: ${ui}\n`;
    const { environment, diagnostics } = parseEnvironment(text, "environments/lab.yaml");
    if (!environment) throw new Error(JSON.stringify(diagnostics));
    return pageReach(environment, machine);
  };

  const FAR = "far.example.com";
  const ALL = "{ publish: { address: 0.0.0.0 } }";
  const AT_ITS_URL = { url: "https://registry.example.com:8080" };
  const HIDDEN = { why: `on ${FAR}'s own loopback: ssh -L 8080:127.0.0.1:8080 ${FAR} brings it here` };

  test.each<[string, PageReach | undefined, PageReach]>([
    ["at its URL, published to all", reach(ALL, CERTIFICATE), AT_ITS_URL],
    ["there on another machine, too", reach(ALL, CERTIFICATE, FAR), AT_ITS_URL],
    [
      "on loopback, for the name may lead past it",
      reach("{}", CERTIFICATE),
      { url: "https://127.0.0.1:8080", insecure: true },
    ],
    ["nowhere on another machine's loopback", reach("{}", CERTIFICATE, FAR), HIDDEN],
    [
      "nowhere there either, and ssh leads to it as to the engine",
      reach("{}", CERTIFICATE, FAR, '{ host: "ssh://ops@far:2222", sshOptions: [-o, ConnectTimeout=5] }'),
      {
        why: `on ${FAR}'s own loopback: ssh -o ConnectTimeout=5 -p 2222 -l ops -L 8080:127.0.0.1:8080 far brings it here`,
      },
    ],
    ["at its port behind a proxy", reach("{}", `${PROXY} }`), { url: "http://127.0.0.1:8080", insecure: false }],
    [
      "nowhere on a proxy's network",
      reach("{}", `${PROXY}, network: front }`),
      { why: "only the proxy reaches it, on the network front" },
    ],
  ])("%s", (_, found, expected) => {
    expect(found).toEqual(expected);
  });

  test("nowhere without one", () => {
    const { environment } = parseEnvironment("registry: { host: localhost }\n", "environments/lab.yaml");
    expect(environment && pageReach(environment, undefined)).toBeUndefined();
  });
});
