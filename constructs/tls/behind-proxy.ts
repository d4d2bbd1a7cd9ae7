import type { IConstruct } from "constructs";
import { check } from "../rules/checks";
import type { TlsPlace } from "../rules/tls";
import { PROXY_URL } from "../values/addresses";
import { dockerName, REASON } from "../values/names";
import { type BoundTls, required, Tls, type TlsReach } from "./tls";

/** A proxy in front speaks HTTPS and forwards plain HTTP on loopback or a private network. */
export interface BehindProxyOptions {
  /** The URL that clients use. */
  readonly url: string;
  /**
   * Answers with relative `Location`s, for a registry that is reached by several names; notifications then name no host.
   * @default false - with `url`, whatever the proxy forwards
   */
  readonly relativeUrls?: boolean;
  /** Why plain HTTP may cross a network to a proxy on another machine. @default - refused unless the port is published on loopback, or not at all */
  readonly reason?: string;
  /** An existing network on which the proxy reaches the registry as `<name>-registry:5000`; no port is published then. @default - the published port */
  readonly network?: string;
}

export class BehindProxyTls extends Tls<BehindProxyOptions> {
  public readonly mode = "behind-proxy";

  public override get network() {
    return this.options.network;
  }

  public override get renewedBy() {
    return "the proxy";
  }

  public summary() {
    return `by the proxy at ${this.options.url}`;
  }

  public override reach(_place: TlsPlace): TlsReach {
    const { host, protocol } = new URL(this.options.url);
    return { scheme: protocol === "https:" ? "https" : "http", address: host };
  }

  public bind(_scope: IConstruct, place: TlsPlace): BoundTls {
    const { url, relativeUrls, network } = this.options;
    return {
      ...this.reach(place),
      // One or the other: with `host`, Distribution ignores `relativeurls`.
      configuration: { http: relativeUrls ? { relativeurls: true } : { host: url } },
      network,
    };
  }

  public problems() {
    const { url, reason, network } = this.options;
    return [
      required("url", url, PROXY_URL),
      check("reason", reason, REASON),
      check("network", network, dockerName("network")),
    ];
  }
}
