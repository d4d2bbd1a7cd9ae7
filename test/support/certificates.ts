import { readFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "./process";

/** PEM files of a CA of the test's own, and of a server and a client that it vouches for. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly certificate: string; readonly key: string };
  readonly client: { readonly certificate: string; readonly key: string };
}

/** Makes them with openssl; the server's is for 127.0.0.1 and localhost. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const file = (name: string) => join(directory, name);
  const make = async (name: string, ...args: string[]) => {
    const pair = { certificate: file(`${name}.pem`), key: file(`${name}.key`) };
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    const names = ["-subj", `/CN=${name}`, "-keyout", pair.key, "-out", pair.certificate];
    await output("openssl", ["req", "-x509", ...kind, ...names, ...args]);
    return pair;
  };
  const ca = await make("ca");
  const signed = ["-CA", ca.certificate, "-CAkey", ca.key, "-addext", "basicConstraints=critical,CA:FALSE"];
  return {
    ca: ca.certificate,
    server: await make("server", ...signed, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
    client: await make("client", ...signed, "-addext", "extendedKeyUsage=clientAuth"),
  };
}

/** A pair's contents, as Node's TLS takes them. */
export function readPair({ certificate, key }: Certificates["client"]): { cert: string; key: string } {
  return { cert: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}
