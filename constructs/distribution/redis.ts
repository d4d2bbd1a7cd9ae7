import { z } from "zod";
import { duration, hostPort, int, path, text } from "./values";

/** `redis`, in go-redis's names. */
export const redis = z.strictObject({
  addrs: z.array(hostPort()).min(1, "must name a server: an empty list turns Redis off"),
  clientname: text().optional(),
  db: int(0).optional(),
  protocol: int(2, 3).optional(),
  username: text().optional(),
  password: text().optional(),
  sentinelusername: text().optional(),
  sentinelpassword: text().optional(),
  mastername: text().optional(),
  maxretries: int(-1).optional(),
  minretrybackoff: duration().optional(),
  maxretrybackoff: duration().optional(),
  dialtimeout: duration().optional(),
  readtimeout: duration().optional(),
  writetimeout: duration().optional(),
  contexttimeoutenabled: z.boolean().optional(),
  poolfifo: z.boolean().optional(),
  poolsize: int(1).optional(),
  pooltimeout: duration().optional(),
  minidleconns: int(0).optional(),
  maxidleconns: int(0).optional(),
  maxactiveconns: int(0).optional(),
  connmaxidletime: duration().optional(),
  connmaxlifetime: duration().optional(),
  maxredirects: int(0).optional(),
  readonly: z.boolean().optional(),
  routebylatency: z.boolean().optional(),
  routerandomly: z.boolean().optional(),
  disableidentity: z.boolean().optional(),
  identitysuffix: text().optional(),
  unstableresp3: z.boolean().optional(),
  tls: z
    .strictObject({
      certificate: path().optional(),
      key: path().optional(),
      rootcas: z.array(path()).optional(),
    })
    .optional(),
});
