import type { IConstruct } from "constructs";
import { check } from "../rules/checks";
import type { TlsPlace } from "../rules/tls";
import { REASON } from "../values/names";
import { type BoundTls, Tls } from "./tls";

/** Plain HTTP: for loopback, or with a reason that a reviewer can read. */
export interface NoTlsOptions {
  /** Why plain HTTP is right here. @default - refused unless the registry is published on loopback */
  readonly reason?: string;
}

export class NoTls extends Tls<NoTlsOptions> {
  public readonly mode = "none";

  public summary() {
    const { reason } = this.options;
    return reason ? `none: plain HTTP, because ${reason}` : "none: plain HTTP, on loopback only";
  }

  public bind(_scope: IConstruct, place: TlsPlace): BoundTls {
    return { ...this.reach(place), configuration: {} };
  }

  public problems() {
    return [check("reason", this.options.reason, REASON)];
  }
}
