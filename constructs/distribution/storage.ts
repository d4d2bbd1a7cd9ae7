import { z } from "zod";
import { GIB, MIB } from "../values/bytes";
import { OBJECT_ACL, STORAGE_CLASS } from "../values/choices";
import { duration, int, origin, path, text, url } from "./values";

const chunk = () => int(5 * MIB, 5 * GIB);

/** `storage.s3`: the driver panics on most bad values and ignores unknown keys, hence the strictness here. */
const s3 = z
  .strictObject({
    bucket: text(),
    region: text(),
    regionendpoint: url().optional(),
    forcepathstyle: z.boolean().optional(),
    accesskey: text().optional(),
    secretkey: text().optional(),
    secure: z.boolean().optional(),
    skipverify: z.boolean().optional(),
    v4auth: z.boolean().optional(),
    chunksize: chunk().optional(),
    multipartcopychunksize: chunk().optional(),
    multipartcopymaxconcurrency: int(1).optional(),
    multipartcopythresholdsize: int(0, 5 * GIB).optional(),
    encrypt: z.boolean().optional(),
    keyid: text().optional(),
    rootdirectory: z.string().optional(),
    storageclass: z.enum(STORAGE_CLASS.words).optional(),
    objectacl: z.enum(OBJECT_ACL.words).optional(),
    useragent: text().optional(),
    usedualstack: z.boolean().optional(),
    accelerate: z.boolean().optional(),
    usefipsendpoint: z.boolean().optional(),
    loglevel: z
      .enum([
        "off",
        "debug",
        "debugwithsigning",
        "debugwithhttpbody",
        "debugwithrequestretries",
        "debugwithrequesterrors",
        "debugwitheventstreambody",
      ])
      .optional(),
    redirectendpoint: origin().optional(),
  })
  .refine((s3) => (s3.accesskey === undefined) === (s3.secretkey === undefined), {
    path: ["accesskey"],
    error: "must be given together with secretkey: with one of them Distribution ignores both",
  })
  .refine((s3) => s3.keyid === undefined || s3.encrypt === true, {
    path: ["keyid"],
    error: "needs `encrypt: true`, or Distribution ignores it",
  })
  .refine((s3) => s3.redirectendpoint === undefined || s3.forcepathstyle === true, {
    path: ["redirectendpoint"],
    error: "needs `forcepathstyle: true`",
  });

const filesystem = z.strictObject({ rootdirectory: path().optional(), maxthreads: int(25).optional() });

const purging = z.strictObject({ age: duration(), interval: duration(), dryrun: z.boolean() });

const uploadpurging = z.union(
  [
    z.strictObject({ ...purging.partial().shape, enabled: z.literal(false) }),
    z.strictObject({ ...purging.shape, enabled: z.literal(true) }),
  ],
  {
    error:
      "must be off with `enabled: false`, or have all of enabled, age, interval and dryrun: Distribution panics otherwise",
  },
);

/** `storage`: exactly one driver. Of the drivers that Distribution has, `azure` and `gcs` pass unchecked. */
export const storage = z
  .strictObject({
    s3: s3.optional(),
    filesystem: filesystem.optional(),
    inmemory: z.strictObject({}).optional(),
    azure: z.record(z.string(), z.unknown()).optional(),
    gcs: z.record(z.string(), z.unknown()).optional(),
    delete: z.strictObject({ enabled: z.boolean() }).optional(),
    redirect: z.strictObject({ disable: z.boolean() }).optional(),
    cache: z
      .strictObject({ blobdescriptor: z.enum(["inmemory", "redis"]), blobdescriptorsize: int(1).optional() })
      .refine((cache) => cache.blobdescriptor === "inmemory" || cache.blobdescriptorsize === undefined, {
        path: ["blobdescriptorsize"],
        error: "is for the in-memory cache only",
      })
      .optional(),
    maintenance: z
      .strictObject({
        uploadpurging: uploadpurging.optional(),
        readonly: z.strictObject({ enabled: z.boolean() }).optional(),
      })
      .optional(),
    tag: z.strictObject({ concurrencylimit: int(0).optional() }).optional(),
  })
  .refine(
    (storage) =>
      [storage.s3, storage.filesystem, storage.inmemory, storage.azure, storage.gcs].filter(Boolean).length === 1,
    { error: "must have exactly one driver: s3, filesystem, azure, gcs or inmemory" },
  );
