import { Readable } from "node:stream";
import type { RegistryClient } from "../registry/client";
import { OCTETS } from "../registry/media-types";
import { failed, type Outcome, passed, warning } from "./check";

/** Docker sends each layer in one request, whatever its size. Most proxies that limit them do so at one of these. */
const SIZES = [
  { bytes: 10e9, text: "10 GB" },
  { bytes: 1e9, text: "1 GB" },
  { bytes: 100e6, text: "100 MB" },
  { bytes: 10e6, text: "10 MB" },
  { bytes: 1e6, text: "1 MB" },
];
/** Whoever refuses that refuses usual images. */
const USUAL = 1e9;
/** A proxy refuses a request as soon as it knows its size; whoever takes it waits for the rest. */
const PATIENCE_MS = 2_000;

const REMEDY =
  'lift its limit. nginx: client_max_body_size 0; ingress-nginx: the annotation nginx.ingress.kubernetes.io/proxy-body-size: "0"; a CDN: let the registry\'s name lead past it';

/** Whether a proxy takes layers of any size. Nothing of them is sent. @param upload URL of one that was begun; it is thrown away */
export async function checkLayerSize(client: RegistryClient, upload: string): Promise<Outcome> {
  try {
    let refused = "";
    for (const { bytes, text } of SIZES) {
      if (!(await isRefused(client, upload, bytes))) {
        if (!refused) return passed();
        const both = `it refuses requests of ${refused} (HTTP 413), and takes ${text}`;
        return bytes < USUAL ? failed(both, REMEDY) : warning(both, REMEDY);
      }
      refused = text;
    }
    return failed(`it refuses requests of ${refused} (HTTP 413)`, REMEDY);
  } finally {
    await client.request("DELETE", upload).catch(() => {});
  }
}

async function isRefused(client: RegistryClient, upload: string, length: number): Promise<boolean> {
  // With that header Node sends the others before the body.
  const headers = { ...OCTETS, expect: "100-continue" };
  const body = { length, open: () => new Readable({ read: () => {} }) };
  const answer = await client
    .request("PATCH", upload, { headers, body, timeoutMs: PATIENCE_MS })
    .catch(() => undefined);
  return answer?.status === 413;
}
