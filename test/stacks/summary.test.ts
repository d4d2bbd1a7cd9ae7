import { App } from "cdktf";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../config";
import { RegistryStack, summary } from "../../stacks";

/** The lines about published ports. */
function published(text: string): string[] {
  const { environment, diagnostics } = parseEnvironment(text, "lab.yaml");
  if (!environment) throw new Error(JSON.stringify(diagnostics));
  const lines = summary(new RegistryStack(new App({ stackTraces: false }), environment)).split("\n");
  const first = lines.findIndex((line) => line.startsWith("  published"));
  const next = lines.findIndex((line, n) => n > first && /^ {2}\S/.test(line));
  return first < 0 ? [] : lines.slice(first, next).map((line) => line.slice(13));
}

const open = (address: string) =>
  `registry:\n  host: a.example.com\n  publish: { address: ${address} }\n  tls: { mode: none, reason: a lab without a way in }\n`;

test.each([
  ["127.0.0.1", "127.0.0.1:5000 → registry"],
  ["0.0.0.0", "0.0.0.0:5000 → registry (every IPv4 address of the host)"],
  ['"::"', "[::]:5000 → registry (every IPv6 address of the host)"],
  ['"0:0::0"', "[0:0::0]:5000 → registry (every IPv6 address of the host)"],
  ["all", "0.0.0.0:5000, [::]:5000 → registry (every address of the host)"],
  ['[127.0.0.1, "::1"]', "127.0.0.1:5000, [::1]:5000 → registry"],
  ['[10.0.0.5, "::"]', "10.0.0.5:5000, [::]:5000 → registry (every IPv6 address of the host)"],
])("published on %s", (address, line) => {
  expect(published(open(address))).toEqual([line]);
});

test("nothing is published for a proxy on a network of Docker's", () => {
  const tls = "tls: { mode: behind-proxy, url: https://a.example.com, network: proxy }";
  expect(published(`registry:\n  host: a.example.com\n  ${tls}\n`)).toEqual([]);
});
