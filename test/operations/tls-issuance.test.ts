import { expect, test } from "vitest";
import { newIssuances } from "../../operations/tls-issuance";
import type { ResourceChange } from "../../plan/plan-json";

function change(type: string, actions: string[], before: object | null, after: object | null): ResourceChange {
  return { address: `${type}.x`, type, name: "x", change: { actions, before, after } as ResourceChange["change"] };
}

function configuration(before: Record<string, string> | null, after: Record<string, string>): ResourceChange {
  const data = (settings: Record<string, string> | null) => settings && { triggers_replace: settings };
  return change("terraform_data", ["delete", "create"], data(before), data(after));
}

const acme = (cachefile: string, ...hosts: string[]) => ({
  "log.level": "info",
  "http.tls.letsencrypt.cachefile": cachefile,
  ...Object.fromEntries(hosts.map((host, n) => [`http.tls.letsencrypt.hosts.${n}`, host])),
});

test.each<[string, ResourceChange[], string[]]>([
  ["nothing", [], []],
  ["a replaced registry", [change("docker_container", ["delete", "create"], {}, {})], []],
  [
    "another setting",
    [configuration(acme("/acme", "a.example.com"), { ...acme("/acme", "a.example.com"), "log.level": "debug" })],
    [],
  ],
  [
    "hosts in another order",
    [configuration(acme("/acme", "a.example.com", "b.example.com"), acme("/acme", "b.example.com", "a.example.com"))],
    [],
  ],
  [
    "a further host",
    [configuration(acme("/acme", "a.example.com"), acme("/acme", "a.example.com", "b.example.com"))],
    ["a certificate for b.example.com is asked for at the first connection"],
  ],
  [
    "production after practice",
    [configuration(acme("/acme/staging", "a.example.com"), acme("/acme", "a.example.com"))],
    ["a certificate for a.example.com is asked for at the first connection, from another ACME server than before"],
  ],
  [
    "Let's Encrypt after files",
    [configuration({ "http.tls.certificate": "x" }, acme("/acme", "a.example.com"))],
    ["a certificate for a.example.com is asked for at the first connection"],
  ],
  [
    "a lost volume",
    [change("docker_volume", ["delete"], { name: "prod-acme" }, null)],
    ["volume prod-acme is destroyed: the ACME account and every certificate are lost, and all are asked for anew"],
  ],
  ["another volume", [change("docker_volume", ["delete"], { name: "prod-auth" }, null)], []],
])("%s", (_, changes, expected) => expect(newIssuances(changes)).toEqual(expected));
