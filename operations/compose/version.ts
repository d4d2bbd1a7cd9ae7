import type { Report } from "./report";
import type { ComposeService } from "./service";
import type { RegistrySettings } from "./settings";

/** Which Distribution an image is. */
export interface RegistryVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** The newest of each major version, which a tag without more means. */
const NEWEST: Readonly<Record<number, RegistryVersion>> = {
  2: { major: 2, minor: 8, patch: 3 },
  3: { major: 3, minor: 1, patch: 2 },
};

/** The version that a text such as `2`, `v2.7` or `3.0.0-rc.2` means; none when it begins with no number. */
export function versionOf(text: string): RegistryVersion | undefined {
  const [, major, minor, patch] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?![\w.])/.exec(text) ?? [];
  const newest = NEWEST[Number(major)];
  // Others count otherwise: 9 or 20240101 is somebody's own.
  if (major === undefined || !newest) return undefined;
  if (minor === undefined) return newest;
  // 2.7 means the newest of its patches, and the highest number does.
  return { major: Number(major), minor: Number(minor), patch: patch === undefined ? 99 : Number(patch) };
}

/** @param given what the person says, for an image that does not tell @returns none when nobody knows */
export function registryVersion({ base }: Pick<ComposeService, "base">, given?: string): RegistryVersion | undefined {
  if (given !== undefined) return versionOf(given);
  const [image = "", digest] = base.split("@");
  const [, tag] = /:([^:/]+)$/.exec(image) ?? [];
  if (tag === undefined) return digest ? undefined : NEWEST[3];
  return tag === "latest" ? NEWEST[3] : versionOf(tag);
}

const isBefore = (a: RegistryVersion, b: RegistryVersion) =>
  (a.major - b.major || a.minor - b.minor || a.patch - b.patch) < 0;

/** A default that is another one in the version that runs here. */
export interface ChangedDefault {
  /** Of Distribution's configuration. */
  readonly key: string;
  /** The first version that has today's default. */
  readonly since: RegistryVersion;
  readonly before: string;
  readonly now: string;
  /** Whether it matters for this registry. @default - always */
  readonly matters?: (settings: RegistrySettings) => boolean;
  /** What is said to whoever imports. @default - nothing: the import writes what was the default */
  readonly told?: { readonly what: string; readonly why: string };
}

const V3: RegistryVersion = { major: 3, minor: 0, patch: 0 };

/**
 * Every default that changed from Distribution 2.7 and 2.8 to 3.1, from the sources of 2.7.1, 2.8.3 and 3.1.2; docs/guides/import-compose.md
 * shows the same table.
 */
export const CHANGED_DEFAULTS: readonly ChangedDefault[] = [
  {
    key: "storage.s3.forcepathstyle",
    since: V3,
    before: "always, when there is a regionendpoint",
    now: "false",
  },
  {
    key: "http.tls.minimumtls",
    since: { major: 2, minor: 8, patch: 0 },
    before: "tls1.0",
    now: "tls1.2",
    matters: (settings) => settings.below("http.tls").length > 0,
    told: { what: "clients need TLS 1.2", why: "version 2.7 and older spoke 1.0 and 1.1 as well" },
  },
  {
    key: "catalog.maxentries",
    since: { major: 2, minor: 8, patch: 2 },
    before: "no limit",
    now: "1000",
    matters: (settings) => settings.get("catalog.maxentries") === undefined,
    told: {
      what: "a client that asks for more than 1000 repositories at once gets 400",
      why: "versions before 2.8.2 took memory for as many as anybody asked for (CVE-2023-2253); registry.limits.catalog raises it",
    },
  },
  {
    key: "tags.maxtags",
    since: V3,
    before: "all tags in one answer, whatever a client asks for",
    now: "1000 for a client that asks for more",
    told: {
      what: "a client that asks for a number of tags gets at most 1000 in one answer, and a link to the rest",
      why: "version 2 answered with all of them; registry.limits.tags raises it",
    },
  },
  {
    key: "storage.cache.blobdescriptorsize",
    since: V3,
    before: "no limit",
    now: "10000",
    matters: () => false,
  },
  {
    key: "compatibility.schema1.enabled",
    since: V3,
    before: "false, and could be switched on",
    now: "not served",
    matters: (settings) => settings.flag("compatibility.schema1.enabled") === true,
    told: {
      what: "images of before 2017 (schema 1) are not served",
      why: "Distribution 3 does not know them: pull such an image from the old registry and push it anew first",
    },
  },
];

/** Says what is another default now, as far as it matters. */
export function tellChangedDefaults(version: RegistryVersion, settings: RegistrySettings, report: Report): void {
  for (const { since, matters = () => true, told } of CHANGED_DEFAULTS) {
    if (told && isBefore(version, since) && matters(settings)) report.changed(told.what, told.why);
  }
}
