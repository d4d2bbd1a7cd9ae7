import { expect, test } from "vitest";
import { essentialText } from "../../../cli/render/status";
import { createStyle } from "../../../cli/render/style";
import { parseEnvironment } from "../../../config";
import { pageStatus } from "../../../operations/status/page";
import { type Essentials, isTroubled } from "../../../operations/status/status";
import { servePage, WELL } from "../../support/page-server";
import { freePort } from "../../support/process";

async function status(ui: object | undefined) {
  const text = JSON.stringify({ registry: { host: "localhost" }, ...(ui && { ui }) });
  const { environment } = parseEnvironment(text, "environments/lab.yaml");
  if (!environment) throw new Error("no environment");
  const page = await pageStatus(environment);
  const essentials: Essentials = {
    ...{ environment: "lab", url: "http://localhost:5000", dockerHost: "here", containers: [], late: [] },
    ...{ storage: { location: "volume" }, page },
  };
  return { text: essentialText(essentials, createStyle(false)), isTroubled: isTroubled(essentials, { drift: [] }) };
}

test("says where the page is", async () => {
  const port = await servePage(WELL);
  const { text, isTroubled } = await status({ publish: { port } });
  expect(text).toContain(`  page         http://localhost:${port}\n`);
  expect(isTroubled).toBe(false);
});

test("says that it does not answer, and what to do", async () => {
  const port = await freePort();
  const { text, isTroubled } = await status({ publish: { port } });
  expect(text).toMatch(
    new RegExp(`page +http://localhost:${port}: nobody listens there.*\n +→ private-registry logs lab ui`),
  );
  expect(isTroubled).toBe(true);
});

test("says nothing without a page", async () => {
  expect((await status(undefined)).text).not.toContain("page");
});
