import { z } from "zod";
import { PORT } from "../../constructs/values/addresses";
import { UI } from "../../constructs/values/defaults";
import { UI_MEMORY_MB } from "../../constructs/values/limits";
import { UI_TITLE } from "../../constructs/values/names";
import { address, flag, form, labels, number, port, range } from "./values";

/** A page to browse the registry. */
export const uiSchema = z.strictObject({
  publish: z
    .strictObject({
      address: address()
        .default(UI.publish.address)
        .describe(
          `Address of the Docker host to publish on, a list of them, or all. Default ${UI.publish.address}: that machine only.`,
        ),
      port: port()
        .default(UI.publish.port)
        .describe(`Port of the Docker host, ${range(PORT)}. Default ${UI.publish.port}.`),
    })
    .prefault({})
    .describe(
      "Where browsers reach the page, under registry.host and with registry.tls. With registry.tls.network nothing is published: the proxy reaches it there as NAME-ui:8080.",
    ),
  delete: flag()
    .default(false)
    .describe(
      "Let users delete images on the page. Default false: it shows, and its port lets nothing else through. It deletes an image with all its tags.",
    ),
  title: form(UI_TITLE).optional().describe("What the page is called. Default: the registry's address."),
  labels: labels()
    .default({})
    .describe(
      "Labels of this container only, e.g. those that tell a proxy such as Traefik where it is. Default: none.",
    ),
  memoryMb: number(UI_MEMORY_MB).default(UI.memoryMb).describe(`Memory limit in MiB. Default ${UI.memoryMb}.`),
});
