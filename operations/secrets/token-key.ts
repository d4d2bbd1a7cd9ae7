import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/**
 * A key that signs tokens, with a certificate of itself, PEM, one after the other. The certificate only carries the public key:
 * Distribution takes tokens by the key's thumbprint and asks the certificate for nothing else. Just enough DER for that; RSA, since
 * Distribution's thumbprint of an EC key is wrong for one key in 128.
 */
export function makeTokenKey(): string {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const algorithm = der(0x30, Buffer.from("06092a864886f70d01010b0500", "hex")); // sha256WithRSAEncryption, NULL
  const commonName = der(0x30, Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from("token signing key")));
  const name = der(0x30, der(0x31, commonName));
  const always = der(0x30, der(0x18, Buffer.from("20200101000000Z")), der(0x18, Buffer.from("99991231235959Z")));
  const serial = der(2, Buffer.concat([Buffer.from([1]), randomBytes(15)]));
  const version = der(0xa0, der(2, Buffer.from([2])));
  const key = publicKey.export({ type: "spki", format: "der" });
  const body = der(0x30, version, serial, algorithm, name, always, name, key);
  const signature = der(3, Buffer.from([0]), sign("sha256", body, privateKey));
  const certificate = der(0x30, body, algorithm, signature)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\n");
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`;
  return pem + privateKey.export({ type: "pkcs8", format: "pem" });
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
