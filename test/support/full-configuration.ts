import type { DistributionOverrides } from "../../constructs/distribution/configuration";

/** `auth.token`, but for the key that signs. */
export const TOKEN = { realm: "https://auth.example.com/token", service: "s", issuer: "i" };

/** Every key of `storage.s3`; some mean something to Amazon only, which starting does not mind. */
export const S3 = {
  bucket: "b",
  region: "us-east-1",
  regionendpoint: "http://127.0.0.1:1",
  forcepathstyle: true,
  accesskey: "a",
  secretkey: "s",
  secure: false,
  skipverify: true,
  v4auth: true,
  chunksize: 5 * 1024 ** 2,
  multipartcopychunksize: 5 * 1024 ** 3,
  multipartcopymaxconcurrency: 1,
  multipartcopythresholdsize: 0,
  encrypt: true,
  keyid: "k",
  rootdirectory: "/prefix",
  storageclass: "STANDARD_IA",
  objectacl: "bucket-owner-read",
  useragent: "u",
  usedualstack: true,
  accelerate: true,
  usefipsendpoint: true,
  loglevel: "debugwithsigning",
  redirectendpoint: "https://s3.example.com",
} as const;

/** Every key of `redis` that needs no Sentinel, but for files; a connection is made on first use. */
export const REDIS: DistributionOverrides["redis"] = {
  addrs: ["127.0.0.1:1"],
  clientname: "c",
  db: 1,
  protocol: 3,
  username: "u",
  password: "p",
  maxretries: -1,
  minretrybackoff: "8ms",
  maxretrybackoff: "512ms",
  dialtimeout: "1s",
  readtimeout: "1s",
  writetimeout: "1s",
  contexttimeoutenabled: true,
  poolfifo: true,
  poolsize: 5,
  pooltimeout: "1s",
  minidleconns: 0,
  maxidleconns: 5,
  maxactiveconns: 5,
  connmaxidletime: "1m",
  connmaxlifetime: "1h",
  maxredirects: 1,
  readonly: false,
  routebylatency: false,
  routerandomly: false,
  disableidentity: true,
  identitysuffix: "s",
  unstableresp3: true,
};

/** Every key that needs no other server and no file. */
export const EVERYTHING: DistributionOverrides = {
  log: {
    level: "error",
    formatter: "text",
    fields: { environment: "test", number: 1, flag: true },
    accesslog: { disabled: true },
    reportcaller: true,
    hooks: [
      {
        type: "mail",
        disabled: true,
        levels: ["panic", "fatal"],
        options: {
          smtp: { addr: "mail.example.com:25", username: "u", password: "p", insecure: true },
          from: "registry@example.com",
          to: ["ops@example.com"],
        },
      },
    ],
  },
  storage: {
    delete: { enabled: true },
    redirect: { disable: true },
    cache: { blobdescriptor: "inmemory", blobdescriptorsize: 100 },
    maintenance: {
      uploadpurging: { enabled: true, age: "168h", interval: "24h", dryrun: true },
      readonly: { enabled: false },
    },
    tag: { concurrencylimit: 4 },
  },
  middleware: { storage: [{ name: "redirect", options: { baseurl: "https://cdn.example.com" } }] },
  notifications: {
    events: { includereferences: true },
    endpoints: [
      {
        name: "n",
        url: "https://events.example.com",
        disabled: true,
        headers: { "X-Event": ["1"] },
        timeout: "1s",
        threshold: 5,
        backoff: "1s",
        ignoredmediatypes: ["a/b"],
        ignore: { mediatypes: ["c/d"], actions: ["pull", "push", "mount", "delete"] },
      },
    ],
  },
  health: {
    storagedriver: { enabled: true, interval: "10s", threshold: 3 },
    file: [{ file: "/nonexistent/stop", interval: "10s" }],
    http: [
      {
        uri: "http://127.0.0.1:1/",
        statuscode: 204,
        timeout: "1s",
        interval: "1h",
        threshold: 3,
        headers: { X: ["1"] },
      },
    ],
    tcp: [{ addr: "127.0.0.1:1", timeout: "1s", interval: "1h", threshold: 3 }],
  },
  validation: {
    disabled: false,
    manifests: {
      urls: { allow: ["^https://"], deny: ["^https://bad"] },
      indexes: { platforms: "list", platformlist: [{ architecture: "amd64", os: "linux" }] },
    },
  },
  policy: { repository: { classes: ["image"] } },
  catalog: { maxentries: 10 },
  tags: { maxtags: 10 },
};
