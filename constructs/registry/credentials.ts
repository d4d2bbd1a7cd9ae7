import { TerraformStack, TerraformVariable } from "cdktf";
import type { IConstruct } from "constructs";
import { InvalidOptionsError, throwIfInvalid } from "../values/errors";
import { Htpasswd } from "./htpasswd";
import { userFileConditions } from "./htpasswd-grammar";

/** Every secret a registry can need, by the name of the Terraform variable it comes from. */
export type CredentialName = keyof typeof CREDENTIALS;

/** Secrets given by the caller, each a token. */
export type Credentials = Partial<Record<CredentialName, string>>;

interface CredentialRule {
  readonly description: string;
  /** What a value must match, for Terraform's `regex`, and the sentence that says so. */
  readonly pattern: string;
  readonly rule: string;
  /** What `secrets init` makes. @default - a person decides the value */
  readonly made?: { readonly length: number; readonly alphabet?: string } | "token-key";
}

// Alphabets without quotes, blanks and backslashes: the values pass through curl's and AWS's configuration files.
// Lengths: RustFS takes 3 and more for an access key, 8 and more for a secret, and at most 40 for every kind of key.
const ACCESS_KEY = {
  pattern: "^[A-Za-z0-9_.-]{3,128}$",
  rule: "must be 3–128 letters, digits, '_', '.', '-'",
  made: { length: 20, alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" },
};
const SECRET_KEY = {
  pattern: "^[A-Za-z0-9/+=_.~-]{16,128}$",
  rule: "must be 16–128 letters, digits, '/', '+', '=', '_', '.', '~', '-'",
  made: { length: 40 },
};
const ANYTHING = { pattern: "^.+$", rule: "must not be empty" };

/** The variables, their rules, and what each is for. */
export const CREDENTIALS = {
  rustfs_root_access_key: { description: "RustFS root access key; only the bucket job uses it", ...ACCESS_KEY },
  rustfs_root_secret_key: { description: "RustFS root secret key; only the bucket job uses it", ...SECRET_KEY },
  registry_s3_access_key: { description: "Access key of the registry's own S3 user", ...ACCESS_KEY },
  registry_s3_secret_key: { description: "Secret key of the registry's own S3 user", ...SECRET_KEY },
  registry_http_secret: {
    description: "Signs the state of unfinished uploads; the same on every replica",
    pattern: "^[A-Za-z0-9/+=_.~-]{32,128}$",
    rule: "must be 32–128 letters, digits, '/', '+', '=', '_', '.', '~', '-'",
    made: { length: 64 },
  },
  registry_htpasswd: {
    description: "Who may log in: one `name:bcrypt-hash` per line, as `htpasswd -nB` prints it",
    ...ANYTHING,
  },
  registry_token_key: {
    description:
      "Signs the tokens of `access`: an RSA key's certificate and the key, PEM, as `secrets init` makes them",
    // No line end is written here: what is no hyphen is one, too, in JavaScript and in Terraform.
    pattern:
      "^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----[^-]+-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----[^-]*$",
    rule: "must be a certificate and its private key, PEM, as `secrets init` makes them",
    made: "token-key",
  },
  registry_ldap_password: { description: "Password of the user that searches the LDAP server", ...ANYTHING },
  registry_redis_password: { description: "Password of the Redis server that caches blob descriptors", ...ANYTHING },
  alertmanager_smtp_password: { description: "Password for the mail server that sends alerts", ...ANYTHING },
  registry_proxy_password: { description: "Password for the upstream registry of the pull-through cache", ...ANYTHING },
} as const satisfies Record<string, CredentialRule>;

/** Values that RustFS ships with or documents, refused because everybody knows them. */
const WELL_KNOWN = ["rustfsadmin", "minioadmin"];

export interface CredentialSourceProps {
  /** Secrets of the caller, as tokens. @default - sensitive variables of the stack, e.g. `registry_http_secret` */
  readonly credentials?: Credentials;
  /** Goes before the variables' names, for a second registry in one stack. @default "" */
  readonly variablePrefix?: string;
}

/** Where the secrets of a registry come from. None is ever a value at synthesis. */
export interface CredentialSource {
  /** A secret that a registry can need. @returns a token */
  value(name: CredentialName): string;
  /** The value of a variable that the caller names, such as one for a header. @returns a token */
  variable(name: string, description: string): string;
}

/** Secrets that the caller has, and sensitive variables of the stack for the others, each made on first use. */
export class StackCredentials implements CredentialSource {
  private readonly scope: IConstruct;
  private readonly props: CredentialSourceProps;
  private readonly tokens = new Map<string, string>();

  constructor(scope: IConstruct, props: CredentialSourceProps = {}) {
    this.scope = scope;
    this.props = props;
  }

  /** @throws InvalidOptionsError when another registry of the stack already has the variable */
  public value(name: CredentialName): string {
    const { credentials = {}, variablePrefix = "" } = this.props;
    const id = `${variablePrefix}${name}`;
    return credentials[name] ?? this.made(id, CREDENTIALS[name].description, conditions(name, id));
  }

  /** @throws InvalidOptionsError when the stack has a variable of that name already */
  public variable(name: string, description: string): string {
    return this.made(name, description, []);
  }

  private made(id: string, description: string, validation: readonly Condition[]): string {
    const token = this.tokens.get(id) ?? sensitiveVariable(this.scope, id, description, validation);
    this.tokens.set(id, token);
    return token;
  }
}

/** Stands for secrets where options are only checked, and nothing is made. */
export const NO_CREDENTIALS: CredentialSource = { value: (name) => name, variable: (name) => name };

/**
 * What is wrong with a value, continuing the variable's name; never the value. Terraform asks the same (`conditions`), and prints
 * what it refuses, of a sensitive variable, too.
 */
export function credentialProblem(name: string, value: string): string | undefined {
  if (name === "registry_htpasswd") return userFileProblem(value);
  const known: CredentialRule | undefined = (CREDENTIALS as Record<string, CredentialRule>)[name];
  if (known && !new RegExp(known.pattern).test(value)) return known.rule;
  if (name.endsWith("_key") && WELL_KNOWN.includes(value)) return "must not be a documented default";
  return undefined;
}

function userFileProblem(text: string): string | undefined {
  try {
    if (Htpasswd.parse(text).names.length > 0) return undefined;
    return "must hold at least one user: without one nobody could log in";
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error;
    const [first] = error.problems;
    return `${first?.option.replace("htpasswd ", "")} ${first?.rule}`;
  }
}

interface Condition {
  readonly condition: string;
  readonly errorMessage: string;
}

/** What Terraform asks of a variable's value. */
function conditions(name: CredentialName, id: string): Condition[] {
  if (name === "registry_htpasswd") return userFileConditions(id);
  const { pattern, rule } = CREDENTIALS[name];
  const form = { condition: `can(regex("${pattern}", var.${id}))`, errorMessage: `${id} ${rule}.` };
  const isUnknown = {
    condition: `!contains(${JSON.stringify(WELL_KNOWN)}, var.${id})`,
    errorMessage: `${id} must not be a documented default.`,
  };
  return name.endsWith("_key") ? [form, isUnknown] : [form];
}

/** A sensitive string variable at stack level, where its id is its name. */
function sensitiveVariable(
  scope: IConstruct,
  id: string,
  description: string,
  validation: readonly Condition[],
): string {
  const stack = TerraformStack.of(scope);
  throwIfInvalid(scope, [
    stack.node.tryFindChild(id)
      ? {
          option: "variablePrefix",
          rule: `must differ between registries of one stack: variable '${id}' exists`,
          fix: "give the second registry a prefix, or pass `credentials`",
        }
      : undefined,
  ]);
  const variable = new TerraformVariable(stack, id, {
    type: "string",
    sensitive: true,
    nullable: false,
    description,
    validation: validation.map(({ condition, errorMessage }) => ({ condition: `\${${condition}}`, errorMessage })),
  });
  return variable.stringValue;
}
