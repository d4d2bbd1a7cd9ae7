import { z } from "zod";
import { EVENT_ACTION } from "../../constructs/values/choices";
import { EVENTS } from "../../constructs/values/defaults";
import { EVENT_BACKOFF_SECONDS, EVENT_THRESHOLD, EVENT_TIMEOUT_SECONDS } from "../../constructs/values/limits";
import { ENDPOINT_NAME, MEDIA_TYPE, REASON, VARIABLE } from "../../constructs/values/names";
import { flag, form, headerName, headers, list, number, range, says, url, word } from "./values";

const endpoint = z.strictObject({
  name: form(ENDPOINT_NAME).describe("Name in logs and metrics, once per environment. No default."),
  url: url("write e.g. https://scanner.example.com/events").describe("URL that events are posted to. No default."),
  timeoutSeconds: number(EVENT_TIMEOUT_SECONDS)
    .default(EVENTS.timeoutSeconds)
    .describe(`Seconds to wait for an answer, ${range(EVENT_TIMEOUT_SECONDS)}. Default ${EVENTS.timeoutSeconds}.`),
  threshold: number(EVENT_THRESHOLD)
    .default(EVENTS.threshold)
    .describe(
      `Failures after which the endpoint is left alone for backoffSeconds, ${range(EVENT_THRESHOLD)}. Default ${EVENTS.threshold}.`,
    ),
  backoffSeconds: number(EVENT_BACKOFF_SECONDS)
    .default(EVENTS.backoffSeconds)
    .describe(`Seconds to leave it alone, ${range(EVENT_BACKOFF_SECONDS)}. Default ${EVENTS.backoffSeconds}.`),
  headers: headers()
    .optional()
    .describe("Headers of each event. Default: none. Secret ones belong in headersFromVariables."),
  headersFromVariables: z
    .record(headerName(), form(VARIABLE))
    .optional()
    .describe(
      "Secret headers: the name of a sensitive Terraform variable for each, e.g. Authorization: scanner_token, exported as TF_VAR_scanner_token. Default: none.",
    ),
  reason: form(REASON)
    .optional()
    .describe(
      "Why headersFromVariables may cross the network by plain HTTP; required with an http:// url of another machine. No default.",
    ),
  ignoredMediaTypes: list(form(MEDIA_TYPE), "media types")
    .optional()
    .describe("Media types that cause no event. Default: none. Older form of ignore.mediaTypes."),
  ignore: z
    .strictObject({
      mediaTypes: list(form(MEDIA_TYPE), "media types")
        .optional()
        .describe("Media types that cause no event. Default: none."),
      actions: list(word(EVENT_ACTION), "actions")
        .optional()
        .describe("Actions that cause no event. Default: none; pull is the frequent one."),
    })
    .optional()
    .describe("What causes no event. Default: everything causes one."),
  disabled: flag().default(false).describe("Keep the endpoint in the file, send it nothing. Default false."),
});

/** Events for other systems. */
export const notifications = z
  .strictObject({
    includeReferences: flag()
      .default(false)
      .describe("List a manifest's layers in its events. Default false: events stay small."),
    endpoints: z
      .array(endpoint, { error: says("must be a list of endpoints", "begin each with `- name:`") })
      .default([])
      .describe("Who is told about pushes, pulls and deletes. Default: nobody. Events wait in memory only."),
  })
  .prefault({})
  .describe("Events for other systems.");
