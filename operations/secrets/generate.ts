import { randomInt } from "node:crypto";
import { CREDENTIALS } from "../../constructs/registry/credentials";
import { makeTokenKey } from "./token-key";

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

/** Makers of the secrets that nobody else decides. */
export const GENERATORS: Readonly<Record<string, () => string>> = Object.fromEntries(
  Object.entries(CREDENTIALS).flatMap(([name, credential]) =>
    "made" in credential ? [[name, () => generated(credential.made)]] : [],
  ),
);

type Made = "token-key" | { readonly length: number; readonly alphabet?: string };

function generated(made: Made): string {
  return made === "token-key" ? makeTokenKey() : randomText(made.length, made.alphabet);
}
