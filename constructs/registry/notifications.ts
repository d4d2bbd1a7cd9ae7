import type { DistributionOverrides } from "../distribution/configuration";
import { check, checkEach, checkKeys, headerProblems, notEmpty } from "../rules/checks";
import { url } from "../values/addresses";
import { EVENT_ACTION } from "../values/choices";
import { EVENTS } from "../values/defaults";
import { type Problem, within } from "../values/errors";
import { EVENT_BACKOFF_SECONDS, EVENT_THRESHOLD, EVENT_TIMEOUT_SECONDS } from "../values/limits";
import { ENDPOINT_NAME, HEADER_NAME, MEDIA_TYPE, REASON, VARIABLE } from "../values/names";
import type { CredentialSource } from "./credentials";

/** Events for other systems; they wait in the registry's memory only. */
export interface NotificationOptions {
  /** List a manifest's layers in its events. @default false */
  readonly includeReferences?: boolean;
  /** Who is told about pushes, pulls and deletes. @default - nobody */
  readonly endpoints?: readonly NotificationEndpoint[];
}

export interface NotificationEndpoint {
  /** Name in logs and metrics. */
  readonly name: string;
  /** URL that events are posted to. */
  readonly url: string;
  /** How long to wait for an answer. @default 5 */
  readonly timeoutSeconds?: number;
  /** Failures after which it is left alone for `backoffSeconds`. @default 10 */
  readonly threshold?: number;
  /** @default 1 */
  readonly backoffSeconds?: number;
  /** Headers of each event. @default - none */
  readonly headers?: Readonly<Record<string, string[]>>;
  /** Secret headers: the sensitive variable of the stack for each, made if it is not there. @default - none */
  readonly headersFromVariables?: Readonly<Record<string, string>>;
  /** Why secret headers may cross the network by plain HTTP. @default - they may not */
  readonly reason?: string;
  /** Media types that cause no event; older form of `ignore.mediaTypes`. @default - none */
  readonly ignoredMediaTypes?: string[];
  /** What causes no event. @default - everything causes one */
  readonly ignore?: { readonly mediaTypes?: string[]; readonly actions?: (typeof EVENT_ACTION.words)[number][] };
  /** Keep it, send it nothing. @default false */
  readonly disabled?: boolean;
}

/** Distribution's `notifications`. */
export function notificationConfiguration(
  { includeReferences = false, endpoints = [] }: NotificationOptions,
  credentials: CredentialSource,
): DistributionOverrides {
  if (endpoints.length === 0) return {};
  return {
    notifications: {
      events: { includereferences: includeReferences },
      endpoints: endpoints.map((endpoint) => endpointConfiguration(endpoint, credentials)),
    },
  };
}

function endpointConfiguration(endpoint: NotificationEndpoint, credentials: CredentialSource) {
  const { name, disabled = false, headers, ignoredMediaTypes, ignore } = endpoint;
  const { timeoutSeconds = EVENTS.timeoutSeconds, threshold = EVENTS.threshold } = endpoint;
  const { backoffSeconds = EVENTS.backoffSeconds } = endpoint;
  return {
    ...{ name, url: endpoint.url, disabled },
    timeout: `${timeoutSeconds}s`,
    threshold,
    backoff: `${backoffSeconds}s`,
    headers: { ...headers, ...secretHeaders(endpoint, credentials) },
    ignoredmediatypes: ignoredMediaTypes,
    ...(ignore && { ignore: { mediatypes: ignore.mediaTypes, actions: ignore.actions } }),
  };
}

function secretHeaders({ name, headersFromVariables = {} }: NotificationEndpoint, credentials: CredentialSource) {
  return Object.fromEntries(
    Object.entries(headersFromVariables).map(([header, variable]) => [
      header,
      [credentials.variable(variable, `Value of header ${header} for notifications to ${name}`)],
    ]),
  );
}

/** What is wrong with the single options. */
export function notificationProblems({ endpoints = [] }: NotificationOptions = {}): (Problem | undefined)[] {
  return endpoints.flatMap((endpoint, n) => within(`endpoints[${n}]`, endpointProblems(endpoint)));
}

function endpointProblems(endpoint: NotificationEndpoint): (Problem | undefined)[] {
  const { headers, headersFromVariables = {}, ignoredMediaTypes, ignore } = endpoint;
  return [
    check("name", endpoint.name, ENDPOINT_NAME),
    check("url", endpoint.url, url("write e.g. https://scanner.example.com/events")),
    check("reason", endpoint.reason, REASON),
    check("timeoutSeconds", endpoint.timeoutSeconds, EVENT_TIMEOUT_SECONDS),
    check("threshold", endpoint.threshold, EVENT_THRESHOLD),
    check("backoffSeconds", endpoint.backoffSeconds, EVENT_BACKOFF_SECONDS),
    ...headerProblems("headers", headers),
    ...checkKeys("headersFromVariables", headersFromVariables, HEADER_NAME),
    ...Object.entries(headersFromVariables).map(([header, name]) =>
      check(`headersFromVariables.${header}`, name, VARIABLE),
    ),
    notEmpty("ignoredMediaTypes", ignoredMediaTypes),
    ...checkEach("ignoredMediaTypes", ignoredMediaTypes, MEDIA_TYPE),
    notEmpty("ignore.mediaTypes", ignore?.mediaTypes),
    ...checkEach("ignore.mediaTypes", ignore?.mediaTypes, MEDIA_TYPE),
    notEmpty("ignore.actions", ignore?.actions),
    ...checkEach("ignore.actions", ignore?.actions, EVENT_ACTION),
  ];
}
