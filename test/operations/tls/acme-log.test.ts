import { describe, expect, test } from "vitest";
import { findAcmeFailure } from "../../../operations/tls/acme-log";

const line = (cause: string) => `2026/11/24 12:01:50 http: TLS handshake error from 172.30.0.1:42030: ${cause}`;
const find = (...causes: string[]) =>
  findAcmeFailure(['{"level":"info","msg":"listening"}', ...causes.map(line), ""].join("\n"));

describe("what the registry logs when it gets no certificate", () => {
  test.each([
    // Observed with registry 3.1.2.
    ['Post "": unsupported protocol scheme ""', "finalize-without-location", "has no `Location` header"],
    ['acme/autocert: host "a.example.com" not configured in HostWhitelist', "host-not-listed", "for a.example.com"],
    ["acme/autocert: missing server name", "no-name-asked-for", "no name"],
    ["acme/autocert: server name component count invalid", "no-name-asked-for", "without a dot"],
    [
      "403 urn:ietf:params:acme:error:externalAccountRequired: ACME server policy requires newAccount requests must include a value",
      "external-account-required",
      "(EAB)",
    ],
    [
      'acme/autocert: unable to satisfy "https://acme.example.com/authZ/x" for domain "a.example.com": no viable challenge type found',
      "challenge",
      "looked for a.example.com",
    ],
    ["404 : 404 page not found", "directory-wrong", "no ACME directory: 404 : 404 page not found"],
    [
      'Get "https://localhost:1/dir": dial tcp 127.0.0.1:1: connect: connection refused',
      "directory-unreachable",
      "at https://localhost:1/dir: connection refused",
    ],
    [
      'Get "https://acme.invalid/dir": dial tcp: lookup acme.invalid on 10.0.0.53:53: no such host',
      "directory-unreachable",
      "no such host",
    ],
    [
      'Get "https://localhost:1/dir": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      "directory-untrusted",
      "certificate signed by unknown authority",
    ],
    ["open /acme/a.example.com: not a directory", "cache", "cannot keep its certificates"],
    ["acme/autocert: missing certificate", "retry-later", "less than a minute ago"],
    // From the source of x/crypto 0.57, and of Let's Encrypt's messages.
    ['Get "https://acme.example.com/dir": dial tcp 192.0.2.1:443: i/o timeout', "directory-unreachable", "i/o timeout"],
    [
      "429 urn:ietf:params:acme:error:rateLimited: too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-11-25 10:00:00 UTC",
      "rate-limited",
      "retry after 2026-11-25",
    ],
    ["400 urn:ietf:params:acme:error:invalidContact: contact email has invalid domain", "account", "invalidContact"],
    [
      "400 urn:ietf:params:acme:error:rejectedIdentifier: The ACME server refuses to issue a certificate for this domain name",
      "name-refused",
      "rejectedIdentifier",
    ],
    [
      'Get "https://acme.example.com/dir": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2026-01-01T00:00:00Z',
      "clock",
      "By the Docker host's clock",
    ],
    ["acme/autocert: certificate is not valid yet", "clock", "certificate is not valid yet"],
    ["open /acme/x: permission denied", "cache", "permission denied"],
    [
      "500 urn:ietf:params:acme:error:serverInternal: The service is down for maintenance",
      "server-error",
      "The ACME server failed: 500 urn:ietf:params:acme:error:serverInternal: The service is down",
    ],
    ["503 : 503 Service Unavailable", "server-error", "The ACME server failed: 503 : 503 Service Unavailable"],
    ["429 : 429 Too Many Requests", "rate-limited", "limit is reached: 429 Too Many Requests"],
    ["something quite new", "unknown", "not known here"],
  ])("%s", (cause, id, message) => {
    const found = find(cause);
    expect(found).toMatchObject({ id, line: cause });
    expect(found?.message).toContain(message);
    expect(found?.message).not.toMatch(/\$[<&]|undefined/);
    expect(found?.remedy).not.toMatch(/\$[<&]|undefined/);
  });
});

test("neither health checks nor distrustful clients are a cause", () => {
  expect(
    find("EOF", "remote error: tls: bad certificate", "tls: first record does not look like a TLS handshake"),
  ).toBeUndefined();
  expect(
    find("client sent an HTTP request to an HTTPS server", "read tcp 10.0.0.1:5000->10.0.0.2:4: i/o timeout"),
  ).toBeUndefined();
  expect(findAcmeFailure("")).toBeUndefined();
});

test("the newest cause counts, and a retry does not hide it", () => {
  expect(
    find("404 : 404 page not found", "open /acme/x: permission denied", "acme/autocert: missing certificate", "EOF")
      ?.id,
  ).toBe("cache");
});
