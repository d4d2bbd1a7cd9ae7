import type { Finding, KeyPath } from "./diagnostic";

/** Ends of key names, in lower case and without separators, whose values are credentials. `imagePullSecrets` are names of objects. */
const CREDENTIAL_KEY =
  /(?:password|passwd|passphrase|(?<!^imagepull)secrets?|secretkey|accesskey|accesskeyid|token|apikey|privatekey|masterkey|htpasswd|credentials?|connstr|connectionstring|authorization|cookie)$/;

/** Texts that are credentials whatever key they are under. */
const CREDENTIAL_VALUES = [
  /\$(?:2[abxy]?|apr1|5|6|argon2\w*)\$\S{8,}/, // a line of an htpasswd file
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /:\/\/[^\s/@:]*:(?!\d{1,5}(?:[/?#]|$))[^\s@]+@/, // https://user:password@host
  /^(?!ssh:)[a-z][a-z0-9+.-]*:\/\/[^\s/@]+@/i, // https://token@host
  /^\s*(?:[Bb]asic|[Bb]earer)\s+(?=\S+[A-Z0-9=])[\w+/=.~-]{6,}\s*$/,
  /(?:^|[\s?&;])(?:password|passwd|pwd|secret|token|access_token|api_key|AccountKey|SharedAccessSignature|sig)=[^\s&;]+/i,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|hvs\.[\w-]{20,}|xox[abpr]-[\w-]{10,})/,
];

/** Where each kind of secret belongs; the first expression that fits the key path decides. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/htpasswd|(?:^|\.)users(?:\.|$)/i, variable("registry_htpasswd")],
  [/^state\.user(?:name)?$/i, "export TF_HTTP_USERNAME"],
  [/^state\.pass/i, "export TF_HTTP_PASSWORD"],
  [/^state\.conn/i, "export PG_CONN_STR"],
  [/^state\.(?:un)?(?:lock)?address/i, "remove it from the URL, and export TF_HTTP_USERNAME and TF_HTTP_PASSWORD"],
  [/^state\.(?:credentials|accessToken)$/i, "export GOOGLE_CREDENTIALS"],
  [/^state\.(?:sasToken|clientSecret)/i, "export ARM_SAS_TOKEN or ARM_CLIENT_SECRET"],
  [/^state\./, "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ARM_ACCESS_KEY for azurerm"],
  [/^storage\.s3\..*secret/i, variable("registry_s3_secret_key")],
  [/^storage\.s3\./, variable("registry_s3_access_key")],
  [/^storage\..*(?:secret|password)/i, variable("rustfs_root_secret_key")],
  [/^storage\./, variable("rustfs_root_access_key")],
  [/^registry\.proxy\./, variable("registry_proxy_password")],
  [/^registry\.cache\./, `${variable("registry_redis_password")}; then set passwordFromVariable: true`],
  [/^registry\.notifications\./, "name a Terraform variable under headersFromVariables, and export it as TF_VAR_NAME"],
  [/^registry\.tls\./, "keep the key in a file outside of Git, and name that in registry.tls.keyFile"],
  [/^registry\.environment\./, "remove it: a container's variables are visible to everyone who may inspect it"],
  [/^registry\.configuration\.storage\..*secret/i, variable("registry_s3_secret_key")],
  [/^registry\.configuration\.storage\./, variable("registry_s3_access_key")],
  [/^registry\.configuration\.redis\./, variable("registry_redis_password")],
  [/^registry\.configuration\.proxy\./, variable("registry_proxy_password")],
  [/^registry\.(?:.*\.)?(?:http)?secret$/i, variable("registry_http_secret")],
  [/^docker\./, "name the folder with the key in docker.tlsDirectory, or use ssh://"],
  [/accessKey/i, variable("rustfs_root_access_key")],
  [/secretKey/i, variable("rustfs_root_secret_key")],
  [/httpSecret/i, variable("registry_http_secret")],
];

const OTHERWISE = variable("registry_htpasswd");

function variable(name: string): string {
  return `remove it, run \`private-registry secrets init ENV\` and keep it in the file that makes, or export TF_VAR_${name}`;
}

/** Whether a text is a credential by its form. */
export function looksSecret(value: string): boolean {
  return CREDENTIAL_VALUES.some((pattern) => pattern.test(value));
}

/** Whether what a key holds is a credential, by the key's name. */
export function isCredentialKey(key: string): boolean {
  return CREDENTIAL_KEY.test(key.toLowerCase().replace(/[^a-z0-9]/g, "")) || /(?:^|[_-])(?:pass|pwd)$/i.test(key);
}

/** Everything in a file that is a secret, or holds one by its name. Values are looked at, never returned. */
export function findSecrets(data: unknown): Finding[] {
  return search(data, [], false);
}

function search(value: unknown, path: KeyPath, named: boolean): Finding[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => search(item, [...path, index], named));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => {
      const here = [...path, key];
      if (looksSecret(key)) return [refusal(here)];
      return search(inner, here, isCredential(here, inner) || key === "users" || (named && path.at(-1) === "users"));
    });
  }
  // A header such as Access-Control-Allow-Credentials has them as text.
  if (value === null || value === undefined || /^(?:|true|false)$/.test(String(value))) return [];
  return named || looksSecret(String(value)) ? [refusal(path)] : [];
}

/** Mappings called `token` or `htpasswd` are settings; a text, number or list is the thing itself. */
function isCredential(path: KeyPath, value: unknown): boolean {
  const key = String(path.at(-1));
  if (path.join(".") === "state.username") return true;
  // There the key is a header and the value the name of a variable.
  if (path.at(-2) === "headersFromVariables") return false;
  return isCredentialKey(key) && (typeof value !== "object" || Array.isArray(value));
}

function refusal(path: KeyPath): Finding {
  const keys = path.join(".");
  const [, fix = OTHERWISE] = REMEDIES.find(([pattern]) => pattern.test(keys)) ?? [];
  return { path, rule: "must not be a secret: this file is kept in Git", got: "(hidden)", fix };
}
