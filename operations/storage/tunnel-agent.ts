import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { Dial } from "../runtime/runtime";

/** How a server proves who it is. */
export interface ServerTrust {
  /** PEM, besides none of the public ones. @default - the public CAs */
  readonly ca?: string;
  /** @default false */
  readonly skipVerify?: boolean;
}

/** HTTP over streams that somebody else opens, each for many requests. TLS goes over the stream too. */
export class TunnelAgent extends Agent {
  private readonly dial: Dial;
  private readonly target: { readonly host: string; readonly port: number };
  private readonly tls: ServerTrust | undefined;

  /** @param tls of an https endpoint; none: plain HTTP */
  constructor(dial: Dial, url: URL, tls: ServerTrust | undefined) {
    super({ keepAlive: true });
    this.dial = dial;
    const host = url.hostname.replace(/^\[|\]$/g, "");
    this.target = { host, port: Number(url.port) || (url.protocol === "https:" ? 443 : 80) };
    this.tls = tls;
  }

  public override createConnection(
    _options: ClientRequestArgs,
    ready?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { host, port } = this.target;
    this.dial(host, port).then(
      (stream) => ready?.(null, this.tls ? this.secured(stream, this.tls) : stream),
      (error) => ready?.(error, undefined as unknown as Duplex),
    );
  }

  private secured(socket: Duplex, { ca, skipVerify }: ServerTrust): Duplex {
    const { host } = this.target;
    // An address is no name: TLS has no field for it.
    const servername = /^[\d.]+$|:/.test(host) ? undefined : host;
    return connectTls({ socket, host, servername, ca, rejectUnauthorized: !skipVerify });
  }
}
