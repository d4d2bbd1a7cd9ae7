import type { PublishedPort } from "../platform/platform";
import { UI } from "../values/defaults";
import { isLoopback, isPrivate } from "../values/ip";
import { publishedAddresses } from "../values/publish";
import { type OptionRule, unless } from "./rule";
import { type TlsMode, tlsFacts } from "./tls";

/** What a page to browse depends on. */
export interface UiChoices {
  readonly publish?: PublishedPort;
  readonly delete?: boolean;
  readonly registry: {
    readonly tls: {
      readonly mode: TlsMode;
      readonly reason?: string;
      readonly network?: string;
      readonly clientCaFiles?: readonly string[];
    };
    readonly delete?: boolean;
    readonly readOnly?: boolean;
    readonly proxy?: object;
    readonly redirect?: boolean;
  };
}

/** Rules about the page, and what it asks of the registry; `registry` is what it is asked of. */
export const uiRules: readonly OptionRule<UiChoices>[] = [
  {
    id: "ui-has-certificate",
    reads: ["publish", "registry"],
    check: ({ registry: { tls } }) =>
      unless(
        !tlsFacts(tls.mode).isCertificateInside,
        "publish",
        `cannot be with registry.tls.mode ${tls.mode}: the certificate is in the registry, which alone renews it`,
        tls.mode,
        "remove ui, or use registry.tls.mode behind-proxy or certificate",
      ),
  },
  {
    id: "ui-has-no-client-certificate",
    reads: ["publish", "registry"],
    check: ({ registry: { tls } }) =>
      unless(
        tls.clientCaFiles === undefined,
        "publish",
        "cannot be with registry.tls.clientCaFiles: the page's server has no client certificate to show to the registry",
        "clientCaFiles",
        "remove ui, or clientCaFiles",
      ),
  },
  {
    id: "ui-plain-http-needs-reason",
    reads: ["publish.address", "registry"],
    check: ({ publish = UI.publish, registry: { tls } }) => {
      const addresses = publishedAddresses(publish);
      return unless(
        tlsFacts(tls.mode).endedBy !== "nobody" || tls.reason !== undefined || addresses.every(isLoopback),
        "publish.address",
        "must be loopback with registry.tls.mode none: every request carries the password",
        addresses.join(", "),
        "set it to 127.0.0.1, choose another mode in registry.tls, or say why in registry.tls.reason",
      );
    },
  },
  {
    id: "ui-proxy-reached-in-private",
    reads: ["publish.address", "registry"],
    check: ({ publish = UI.publish, registry: { tls } }) => {
      const addresses = publishedAddresses(publish);
      const isSafe = addresses.every(isLoopback) || (addresses.every(isPrivate) && tls.reason !== undefined);
      return unless(
        tlsFacts(tls.mode).endedBy !== "proxy" || tls.network !== undefined || isSafe,
        "publish.address",
        "must be loopback behind a proxy, or private with a registry.tls.reason: the published port speaks plain HTTP",
        addresses.join(", "),
        "set it to 127.0.0.1, or name the proxy's Docker network in registry.tls.network",
      );
    },
  },
  {
    id: "ui-deletes-what-may-be-deleted",
    reads: ["delete", "registry"],
    check: ({ delete: mayDelete = false, registry }) =>
      unless(
        !mayDelete || (registry.delete !== false && !registry.readOnly && !registry.proxy),
        "delete",
        "must be false where the registry deletes nothing (registry.delete false, readOnly, or proxy)",
        "true",
        "remove it",
      ),
  },
  {
    id: "ui-is-one-origin",
    reads: ["publish", "registry"],
    check: ({ registry }) =>
      unless(
        !registry.redirect,
        "publish",
        "cannot be with registry.redirect: browsers follow it to no other origin, so the page would show no sizes and platforms",
        "redirect",
        "remove ui, or registry.redirect",
      ),
  },
];
