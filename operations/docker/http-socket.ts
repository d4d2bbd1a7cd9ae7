import { Duplex } from "node:stream";

/** A stream that HTTP can use as its socket: what it asks of one, and other streams have no use for. */
export abstract class HttpSocket extends Duplex {
  public setTimeout(): this {
    return this;
  }
  public setNoDelay(): this {
    return this;
  }
  public setKeepAlive(): this {
    return this;
  }
  public ref(): this {
    return this;
  }
  public unref(): this {
    return this;
  }
}
