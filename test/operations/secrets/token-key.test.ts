import { createPrivateKey, createSign, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { credentialProblem } from "../../../constructs/registry/credentials";
import { GENERATORS } from "../../../operations/secrets/generate";
import { makeTokenKey } from "../../../operations/secrets/token-key";

test("the key that signs tokens comes with a certificate of itself", () => {
  const made = makeTokenKey();
  const certificate = new X509Certificate(made);
  const key = createPrivateKey(made.slice(made.indexOf("-----BEGIN PRIVATE KEY-----")));
  expect(certificate.checkPrivateKey(key)).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.publicKey.asymmetricKeyType).toBe("rsa");
  expect(new Date(certificate.validTo).getUTCFullYear()).toBe(9999);
  const signature = createSign("RSA-SHA256").update("x").sign(key);
  expect(signature).toHaveLength(256);
});

test("secrets init makes one, another one each time, which Terraform takes", () => {
  const [one, other] = [GENERATORS.registry_token_key?.() ?? "", GENERATORS.registry_token_key?.()];
  expect(credentialProblem("registry_token_key", one)).toBeUndefined();
  expect(one).not.toBe(other);
});

test("a certificate without its key, or a key alone, is refused", () => {
  const made = makeTokenKey();
  const at = made.indexOf("-----BEGIN PRIVATE KEY-----");
  expect(credentialProblem("registry_token_key", made.slice(0, at))).toContain(
    "must be a certificate and its private key",
  );
  expect(credentialProblem("registry_token_key", made.slice(at))).toContain(
    "must be a certificate and its private key",
  );
});
