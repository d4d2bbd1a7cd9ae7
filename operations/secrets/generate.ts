import { randomInt } from "node:crypto";

const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * A random text of letters and digits, which needs no quoting anywhere.
 * @param length 22 characters are 131 bits
 */
export function randomText(length: number, alphabet = LETTERS_AND_DIGITS): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

/** A password for a person's client: long enough that bcrypt's cost does not matter. */
export const randomPassword = () => randomText(24);

/**
 * Makers of the secrets that nobody else dictates. RustFS takes at most 40 characters for every kind of key, and advises
 * capitals and digits for access keys.
 */
export const GENERATORS: Readonly<Record<string, () => string>> = {
  rustfs_root_access_key: () => randomText(20, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
  rustfs_root_secret_key: () => randomText(40),
  registry_s3_access_key: () => randomText(20, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
  registry_s3_secret_key: () => randomText(40),
  registry_http_secret: () => randomText(64),
};
