/**
 * What is a credential though Terraform does not know it: by the name it goes by, or by its shape.
 * Rather a harmless value masked than a secret shown.
 */

const CREDENTIAL =
  /pass(word|wd|phrase)|secret|credential|token|((private|access|api|signing|encryption|account|ssh|hmac|master|root|shared)[_.-]?keys?$)|[_-]key$|[_-]pass$|(^|[_-])pwd$|passcode/i;

/** Names that only point at a secret, or describe one. */
const POINTER =
  /([_.-]?(file|path|dir|realm|issuer|service|name|arn|url|uri|ttl|expiry|algorithm|algorithms|type|version|mode|source|target|uid|gid|count|length|enabled|rootcertbundle|jwks))$/i;

/** Terraform's or Docker's own names that the words above would catch. */
const HARMLESS = new Set(["secrets", "secret_id", "secret_name", "provider_config_key"]);

const known = new Map<string, boolean>();

/** Whether a value under this name (`AWS_SECRET_ACCESS_KEY`, `storage.s3.secretkey`) is a credential. */
export function isCredentialName(name: string): boolean {
  const answer = known.get(name) ?? judge(name);
  if (known.size < 10_000) known.set(name, answer);
  return answer;
}

function judge(name: string): boolean {
  const last = name.split(".").at(-1) ?? name;
  if (HARMLESS.has(last) || POINTER.test(last)) return false;
  return CREDENTIAL.test(last);
}

/** Whether this value can be the credential itself; switches, numbers, paths of files and where a structure begins are not. */
export function canBeCredential(value: string): boolean {
  return (
    value !== "" && !/^(true|false|null|none|yes|no|on|off|[0-9]{1,4}|[{[]|\/[\w./-]*|\$\{?[\w.]+\}?)$/i.test(value)
  );
}

/** Whether a file's content is one secret, by where it lies. */
export function isSecretFile(path: string): boolean {
  const name = path.split("/").at(-1) ?? "";
  return (
    /\/run\/secrets\//.test(path) ||
    /\.(key|pem|p12|pfx|jks)$/i.test(name) ||
    isCredentialName(name.replace(/\.\w+$/, ""))
  );
}

/** Each captures the credential in group `secret`. All are linear: no pattern repeats over what it could also skip. */
const SHAPES: readonly RegExp[] = [
  /(?<secret>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?)/g,
  /\b[a-z][a-z0-9+.-]{0,20}:\/\/(?<secret>[^\s/@"'?#]{1,300})@/gi,
  /:(?<secret>\$(?:2[abxy]|apr1|1|5|6|argon2id?|y)\$[^\s:,"']{8,200}|\{(?:SHA|SSHA)\}[\w+/=]{8,100})/g,
  /(?<secret>\$2[abxy]\$[0-9]{2}\$[\w./]{20,60})/g,
  /\b(?<secret>(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{20,100}|github_pat_\w{20,100}|glpat-[\w-]{20,60}|xox[abprs]-[\w-]{10,100}|eyJ[\w-]{8,2000}\.[\w-]{4,4000}\.[\w-]{0,2000})/g,
  /\b(?:Bearer|Basic)[ ]+(?<secret>[\w+/=.~-]{8,4000})/gi,
  /"auth"\s*:\s*"(?<secret>[\w+/=]{4,2000})"/g,
  /\bmc(?:\s+--?[\w-]+){0,4}\s+(?:alias\s+set|config\s+host\s+add)\s+[^\s;&|]+\s+[^\s;&|]+\s+(?<secret>[^\s;&|]+\s+[^\s;&|]+)/g,
  /\s(?:-u|--user|--proxy-user)[ =]["']?(?<secret>[^\s:"']{1,100}:[^\s"']{1,200})/g,
];

/** `NAME=value`, `"name": "value"`, `name: value`, `--name value`. */
const ASSIGNMENT =
  /(?<quote>["']?)(?<name>[A-Za-z][\w.-]{1,80})\k<quote>[ \t]{0,4}(?:=|:[ \t]|:(?=["'])|[ ](?=[^-=:\s]))[ \t]{0,4}(?<value>"[^"\n]{1,500}"|'[^'\n]{1,500}'|[^\s"',;&|]{1,500})/g;

/** The credentials in a text, by shape or by the name that they are assigned to. */
export function credentialsIn(content: string): string[] {
  if (content.length < 8 || (content.length < 20 && /^[\w./-]*$/.test(content))) return [];
  const found: string[] = [];
  for (const shape of SHAPES) {
    for (const match of content.matchAll(shape)) {
      const secret = match.groups?.secret;
      if (!secret) continue;
      const parts = [secret, ...partsOf(secret)];
      found.push(...parts.map((part) => part.replace(/^["']|["']$/g, "")).filter(canBeCredential));
    }
  }
  return [...found, ...assigned(content)];
}

/** A pair of keys is two secrets; of `user:password` and of a private key each part is one as well. */
function partsOf(secret: string): string[] {
  if (secret.startsWith("-----")) return secret.split("\n").filter((line) => line.length > 11 && !line.startsWith("-"));
  const password = /^[^\s:]+:(\S{4,})$/.exec(secret)?.[1];
  return password ? [password] : /^\S+\s+\S+$/.test(secret) ? secret.split(/\s+/) : [];
}

function assigned(content: string): string[] {
  const found: string[] = [];
  for (const match of content.matchAll(ASSIGNMENT)) {
    const { name = "", value = "" } = match.groups ?? {};
    const isFlag = content.slice(Math.max(0, match.index - 2), match.index).endsWith("-");
    // «the password is …» is prose: a blank assigns only after a flag.
    if (!/[=:]/.test(match[0].slice(name.length, match[0].length - value.length)) && !isFlag) continue;
    const bare = value.replace(/^(["'])(.*)\1$/, "$2");
    if (isCredentialName(name) && canBeCredential(bare)) found.push(bare);
  }
  return found;
}

/** No word of a language: what somebody generated. */
export function looksRandom(word: string): boolean {
  return word.length >= 12 && /[a-z]/i.test(word) && /\d|[a-z][A-Z]/.test(word) && !isJoinedName(word);
}

/** `client-ca-0.pem`, `registry2.example.com`, `company-images-01`, `TLS_CHACHA20_POLY1305_SHA256`: words and numbers. */
function isJoinedName(word: string): boolean {
  const parts = word.split(/[-._+]/);
  return parts.length > 1 && parts.every((part) => /^([a-z]{0,16}\d{0,4}|\d{1,5}[a-z]{0,2})$/i.test(part));
}

/** `registry` as somebody's password must not hide the image `registry:3`: an ordinary word counts only where it stands alone. */
export function isOrdinaryWord(value: string, at: number, secret: string): boolean {
  if (!/^[a-z]{1,14}$/.test(secret)) return false;
  const before = value[at - 1] ?? "";
  const after = value[at + secret.length] ?? " ";
  return !(/[\s"'=:@]/.test(before) && /[\s"'@;,&]/.test(after));
}

/** User and password pairs that every attacker tries first: shipped defaults and what tutorials write. */
export const WELL_KNOWN = new Set([
  "rustfsadmin",
  "minioadmin",
  "minio",
  "minio123",
  "admin",
  "admin123",
  "password",
  "password123",
  "passw0rd",
  "changeme",
  "secret",
  "test",
  "test123",
  "testpassword",
  "docker",
  "registry",
  "root",
  "123456",
  "12345678",
  "haproxy-is-cool",
  "example",
  "postgres",
]);
