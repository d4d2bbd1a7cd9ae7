import { generateKeyPairSync, type X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type CertificateFiles, checkCertificate } from "../../../constructs/tls/certificate/certificate";
import { publicKeyProblems } from "../../../constructs/tls/certificate/leaf";
import { issue, pem } from "../../support/x509";

const HOST = "registry.example.com";
const root = issue("Test Root", { ca: true });
const middle = issue("Test Intermediate", { ca: true, issuer: root });
const leaf = issue("server", { names: [HOST, "*.wild.example.com", "192.0.2.7"], issuer: middle });
const good = leaf.certificate + middle.certificate;

const at = (days: number) => new Date(Date.now() + days * 86_400_000);
const named = (options: Parameters<typeof issue>[1] = {}) =>
  issue("server", { names: [HOST], issuer: root, ...options });

/** What is said, one line a problem; the certificate is the good one unless another is given. */
function say(
  files: { certificate?: string | Buffer; key?: string | Buffer; clientCa?: string },
  host = HOST,
  now = new Date(),
) {
  const bytes = (text: string | Buffer | undefined) => (text === undefined ? undefined : Buffer.from(text));
  const all: CertificateFiles = {
    certificate: bytes(files.certificate ?? good),
    key: bytes(files.key),
    clientCas: files.clientCa ? [Buffer.from(files.clientCa)] : [],
  };
  return checkCertificate(all, host, now).problems.map(
    ({ option, rule, got, fix }) => `${option} ${rule}, got ${got}: ${fix}`,
  );
}

describe("a certificate that is right", () => {
  test.each([
    ["a chain up to below its root", good],
    ["a chain with its root", good + root.certificate],
    ["a certificate directly from a private root", named().certificate],
    ["one signed by itself, as openssl req -x509 makes it", issue("self", { names: [HOST], ca: true }).certificate],
    ["Windows line ends", good.replaceAll("\n", "\r\n")],
    ["words around the blocks", `subject: /CN=x\n${good}\nthe end`],
    ["a server usage among others", named({ usages: ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"] }).certificate],
    ["any usage", named({ usages: ["2.5.29.37.0"] }).certificate],
    ["RSA", named({ rsaBits: 2048 }).certificate],
    ...["P-384", "P-521"].map((curve) => [curve, named({ curve }).certificate]),
  ])("%s", (_, certificate) => expect(say({ certificate })).toEqual([]));

  test("its key, whatever the form", () => {
    const sec1 = leaf.privateKey.export({ type: "sec1", format: "pem" }) as string;
    expect(say({ key: leaf.key })).toEqual([]);
    expect(
      say({ key: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}` }),
    ).toEqual([]);
  });

  test("names of a wildcard, and addresses", () => {
    expect(say({}, "a.wild.example.com")).toEqual([]);
    expect(say({}, "192.0.2.7")).toEqual([]);
    expect(say({}, "b.a.wild.example.com")[0]).toContain("*.example.com covers one label, not two");
  });

  test("says for whom and how long", () => {
    const { facts } = checkCertificate({ certificate: Buffer.from(good) }, HOST);
    expect(facts).toMatchObject({ names: [HOST, "*.wild.example.com", "192.0.2.7"], issuer: "Test Intermediate" });
    expect(facts?.notAfter.getTime()).toBeGreaterThan(at(89).getTime());
  });

  test("without a clock nothing is said about time", () => {
    const old = named({ notBefore: at(-20), notAfter: at(-10) }).certificate;
    expect(checkCertificate({ certificate: Buffer.from(old) }, HOST).problems).toEqual([]);
  });
});

describe("a certificate that is wrong", () => {
  const der = Buffer.from(leaf.certificate.replace(/-----.*-----|\n/g, ""), "base64");
  const request = pem("CERTIFICATE REQUEST", Buffer.from("300b", "hex"));

  test.each<[string, string | Buffer, string]>([
    ["nothing", "", "must hold PEM, got an empty file"],
    ["no PEM", "hello\n", "must hold PEM, got no -----BEGIN line"],
    ["DER", der, "must be PEM, got a binary file (DER, or PKCS#12): convert it"],
    ["a byte order mark", `\ufeff${good}`, "must begin with -----BEGIN, got a byte order mark"],
    ["UTF-16", Buffer.from(`\ufeff${good}`, "utf16le"), "must begin with -----BEGIN, got a byte order mark"],
    ["a block without an end", good.slice(0, -40), "must hold whole PEM blocks, got a block without its end"],
    ["indented blocks", good.replace(/^/gm, "  "), "must hold whole PEM blocks"],
    [
      "broken base64",
      good.replace(/\n[A-Za-z0-9]{20}/, "\nAAAAAAAAAAAAAAAAAAAA"),
      "must hold readable certificates, got a broken one (number 1)",
    ],
    [
      "a request",
      request,
      "must hold a certificate, got CERTIFICATE REQUEST: that is the request; give what the CA answered",
    ],
    [
      "OpenSSL's own form",
      leaf.certificate.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE"),
      "OpenSSL's own form, which Go skips",
    ],
    ["PKCS#7", leaf.certificate.replaceAll("CERTIFICATE", "PKCS7"), "openssl pkcs7 -print_certs"],
    ["the key's file", leaf.key, "got a PRIVATE KEY: are certificateFile and keyFile swapped?"],
    ["certificate and key in one", good + leaf.key, "got a PRIVATE KEY: keep the key in its own file"],
    [
      "the CA first",
      middle.certificate + leaf.certificate,
      "must begin with the server's certificate, got the CA Test Intermediate first",
    ],
    [
      "the root before the intermediate",
      leaf.certificate + root.certificate + middle.certificate,
      "got Test Root after server, which Test Intermediate signed: put Test Intermediate directly after it",
    ],
    ["a CA that did not sign it", named().certificate + middle.certificate, "add the certificate of Test Root"],
    ["itself twice", leaf.certificate + leaf.certificate + middle.certificate, "remove the repeated one"],
    [
      "a name in the subject only",
      issue(HOST, { issuer: root }).certificate,
      "must name its hosts as subjectAltName, got only registry.example.com as the subject",
    ],
    [
      "another host",
      named({ names: ["www.example.com"] }).certificate,
      "must be for registry.example.com, the name that clients use, got www.example.com",
    ],
    [
      "client use only",
      named({ usages: ["1.3.6.1.5.5.7.3.2"] }).certificate,
      "must be for servers (extended key usage serverAuth)",
    ],
    [
      "a short RSA key",
      named({ rsaBits: 1024 }).certificate,
      "must have a key of 2048 bits or more, got RSA with 1024 (server)",
    ],
    ...["secp256k1", "secp224r1", "brainpoolP256r1"].map((curve): [string, string, string] => [
      curve,
      named({ curve }).certificate,
      `must have a key that Go's TLS speaks: RSA, Ed25519, or EC on P-256, P-384, P-521, got EC on ${curve} (server)`,
    ]),
    [
      "a CA on secp256k1",
      (() => {
        const ca = issue("Odd CA", { ca: true, issuer: root, curve: "secp256k1" });
        return named({ issuer: ca }).certificate + ca.certificate;
      })(),
      "got EC on secp256k1 (Odd CA)",
    ],
    [
      "SHA-1",
      issue("server", { names: [HOST], rsaBits: 2048, sha1: true }).certificate,
      "must not be signed with SHA-1",
    ],
    [
      "one that ended",
      named({ notBefore: at(-20), notAfter: at(-10) }).certificate,
      "must be valid now, got it ended on",
    ],
    [
      "one that begins later",
      named({ notBefore: at(1), notAfter: at(10) }).certificate,
      "must be valid now, got it begins on",
    ],
    [
      "an intermediate that ended",
      (() => {
        const old = issue("Old CA", { ca: true, issuer: root, notBefore: at(-20), notAfter: at(-1) });
        return named({ issuer: old }).certificate + old.certificate;
      })(),
      "must be valid now in all of its chain, got it ended on",
    ],
  ])("%s", (_, certificate, expected) => {
    const said = say({ certificate });
    expect(said[0]).toMatch(/^tls\.certificateFile must/);
    expect(said[0]).toContain(expected);
  });

  test.each<[string, string | Buffer, string]>([
    ["nothing", "", "must hold PEM, got an empty file"],
    [
      "the certificate",
      good,
      "must hold a private key, got CERTIFICATE, CERTIFICATE: give the key's file; are certificateFile and keyFile swapped?",
    ],
    [
      "a public key",
      generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }),
      "must hold a private key, got PUBLIC KEY",
    ],
    [
      "an encrypted key",
      leaf.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }),
      "must not be encrypted",
    ],
    [
      "an encrypted key, old form",
      leaf.privateKey.export({ type: "sec1", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }),
      "must not be encrypted",
    ],
    [
      "a broken key",
      pem("PRIVATE KEY", Buffer.from("300102", "hex")),
      "must hold a readable private key, got a broken PRIVATE KEY",
    ],
    [
      "another certificate's key",
      middle.key,
      "must belong to the certificate, got a ec key of another one than server",
    ],
    ["a key of another kind", issue("x", { rsaBits: 2048 }).key, "must belong to the certificate, got a rsa key"],
  ])("with %s as its key", (_, key, expected) => {
    const said = say({ key });
    expect(said[0]).toMatch(/^tls\.keyFile must/);
    expect(said[0]).toContain(expected);
  });

  test.each([
    ["nothing in it", "\n", "tls.clientCaFiles[0] must hold PEM"],
    [
      "a client's own certificate",
      named().certificate,
      "tls.clientCaFiles[0] must hold CA certificates, got server, which is none",
    ],
    [
      "a CA on secp256k1, which Go skips",
      issue("Odd", { ca: true, curve: "secp256k1" }).certificate,
      "tls.clientCaFiles[0] must have a key that Go's TLS speaks",
    ],
    [
      "a CA that ended",
      issue("Old", { ca: true, notAfter: at(-1), notBefore: at(-2) }).certificate,
      "tls.clientCaFiles[0] must be valid now",
    ],
  ])("with a CA of clients with %s", (_, clientCa, expected) => expect(say({ clientCa })[0]).toContain(expected));

  test("all of it at once", () => {
    const certificate = named({ names: ["www.example.com"], notBefore: at(-9), notAfter: at(-2) }).certificate;
    expect(say({ certificate, key: root.key, clientCa: leaf.certificate })).toHaveLength(4);
  });
});

test("an RSA key that Go's clients refuse for its length", () => {
  // Making one takes half a minute.
  const of = (modulusLength: number) =>
    ({
      subject: "CN=server",
      publicKey: { asymmetricKeyType: "rsa", asymmetricKeyDetails: { modulusLength } },
    }) as X509Certificate;
  expect(publicKeyProblems(of(8193), "x")[0]).toMatchObject({ rule: "must have a key of 8192 bits or less" });
  expect(publicKeyProblems(of(8192), "x")).toEqual([]);
});

describe("an address that is written as a DNS name", () => {
  const right = "ask for the subjectAltName IP:192.0.2.7, not DNS:192.0.2.7";
  test.each([
    ["by a CA", { issuer: root }],
    ["by itself, as openssl req -x509 makes it", { ca: true }],
    ["beside other names", { issuer: root, names: [HOST] }],
  ])("is not found by clients: %s", (_, options) => {
    const { certificate } = issue("server", { ...options, dnsNames: ["192.0.2.7"] });
    const said = say({ certificate }, "192.0.2.7");
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("must name 192.0.2.7 as an IP address, got 192.0.2.7 as a DNS name");
    expect(said[0]).toContain(right);
  });

  test("in IPv6", () => {
    const { certificate } = issue("server", { issuer: root, dnsNames: ["fd00::7"] });
    expect(say({ certificate }, "fd00::7")[0]).toContain("IP:fd00::7");
  });

  test("another address of the certificate is what it is for", () => {
    expect(say({}, "192.0.2.8")[0]).toContain("must be for 192.0.2.8");
  });
});

describe("what works with some clients only is a warning", () => {
  const SERVER = { usages: ["1.3.6.1.5.5.7.3.1"] };
  const day = (date: string) => new Date(`${date}T00:00:00Z`);
  const lasting = (days: number, options = {}) =>
    named({ ...SERVER, notBefore: at(-1), notAfter: at(days - 1), ...options }).certificate;
  const warn = (certificate: string) =>
    checkCertificate({ certificate: Buffer.from(certificate) }, HOST).warnings.map(
      ({ rule, got }) => `${rule}, ${got}`,
    );

  test.each([
    ["825 days by a private CA", lasting(825), []],
    ["826 days by a private CA", lasting(826), ["should be valid for 825 days at most, 826 days"]],
    ["398 days, logged", lasting(398, { sct: true, issuer: middle }) + good.slice(leaf.certificate.length), []],
    [
      "399 days, logged",
      lasting(399, { sct: true, issuer: middle }) + good.slice(leaf.certificate.length) + root.certificate,
      ["should be valid for 398 days at most, 399 days"],
    ],
    [
      "ten years, before Apple's rule",
      named({ notBefore: day("2019-06-30"), notAfter: day("2029-06-30") }).certificate,
      [],
    ],
    [
      "no usage",
      named().certificate,
      ["should be for servers (extended key usage serverAuth), one that names no use, or any"],
    ],
    [
      "an address among the DNS names",
      named({ ...SERVER, dnsNames: ["192.0.2.9"] }).certificate,
      ["should name addresses as IP addresses, 192.0.2.9 as a DNS name"],
    ],
    [
      "an address written both ways",
      named({ ...SERVER, names: [HOST, "192.0.2.9"], dnsNames: ["192.0.2.9"] }).certificate,
      [],
    ],
  ])("%s", (_, certificate, expected) =>
    expect(warn(certificate).filter((one) => !one.includes("whole chain"))).toEqual(expected),
  );
});

test("a public certificate without its intermediate is a warning", () => {
  const warn = (certificate: string) => checkCertificate({ certificate: Buffer.from(certificate) }, HOST).warnings;
  const usages = ["1.3.6.1.5.5.7.3.1"];
  const logged = named({ issuer: middle, sct: true, usages }).certificate;
  expect(warn(logged)[0]?.fix).toContain("often called fullchain.pem");
  expect(warn(logged + middle.certificate + root.certificate)).toEqual([]);
  expect(warn(named({ issuer: middle, usages }).certificate)).toEqual([]);
});
