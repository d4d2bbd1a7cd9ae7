import { Failure } from "./failure";

/** What `init` asks about TLS, by its options. */
export interface TlsWishes {
  readonly email?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly url?: string;
}

/** A way to do TLS, for a new environment. */
interface TlsChoice {
  /** In a list to choose from. */
  readonly title: string;
  readonly needs: readonly (keyof TlsWishes)[];
  /** @default - a free one */
  readonly port?: number;
  /** Where the registry is published, unless a person says so. */
  readonly address: "127.0.0.1" | "0.0.0.0";
  /** The keys of `registry.tls`, with a word on each. */
  lines(wishes: TlsWishes, host: string): readonly string[];
}

/** In the order in which they are offered. */
export const TLS_CHOICES = {
  "lets-encrypt": {
    title: "Let's Encrypt: a public name, port 443 open to the internet",
    needs: ["email"],
    port: 443,
    address: "0.0.0.0",
    lines: ({ email }, host) => [
      "mode: lets-encrypt # port 443 must be reachable from the internet",
      `email: ${email} # told when something is wrong`,
      `hosts: [${host}] # any other name is refused`,
    ],
  },
  certificate: {
    title: "a certificate of yours, from files",
    needs: ["certificate", "key"],
    address: "0.0.0.0",
    lines: ({ certificate, key }) => [
      "mode: certificate # read at start: replace the container after a renewal",
      `certificateFile: ${certificate} # with its chain`,
      `keyFile: ${key}`,
    ],
  },
  "behind-proxy": {
    title: "by a proxy in front",
    needs: ["url"],
    address: "127.0.0.1",
    lines: ({ url }) => ["mode: behind-proxy", `url: ${url} # what clients use; the proxy ends TLS for it`],
  },
  none: {
    title: "not at all: this machine only",
    needs: [],
    address: "127.0.0.1",
    lines: () => ["mode: none # on loopback only: passwords cross the connection in the clear"],
  },
} satisfies Record<string, TlsChoice>;

export type TlsName = keyof typeof TLS_CHOICES;

/** Their names, for people. */
export const TLS_NAMES = Object.keys(TLS_CHOICES).join(", ");

/** @throws Failure when there is no such choice */
export function tlsChoice(name: TlsName): TlsChoice {
  if (Object.hasOwn(TLS_CHOICES, name)) return TLS_CHOICES[name];
  throw new Failure(`There is no --tls ${name}`, `one of ${TLS_NAMES}`);
}
