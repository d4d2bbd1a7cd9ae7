import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Fn, type TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import type { DistributionOverrides } from "../distribution/configuration";
import type { ContainerFile, ContainerMount, ContainerNetwork, PartProps, PublishedPort } from "../platform/platform";
import { check } from "../rules/checks";
import { checkFile } from "../tls/certificate/files";
import type { BoundTls } from "../tls/tls";
import { inUrl } from "../values/addresses";
import type { RestartPolicy } from "../values/choices";
import { ACCESS, RESTARTS, TOKEN_SERVER } from "../values/defaults";
import { throwIfInvalid } from "../values/errors";
import { LISTENING } from "../values/listening";
import { NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { ldapFiles, ldapSettings } from "./ldap";
import type { AccessOptions } from "./options";
import { accessProblems } from "./problems";
import { DIRECTORY } from "./values";

/** What Distribution needs to take a token server's tokens. */
export interface TokenAuthentication {
  readonly configuration: DistributionOverrides;
  readonly files: readonly ContainerFile[];
}

/** The container is called `<name>-token`. */
export interface TokenServerProps extends PartProps {
  readonly image: string;
  readonly access: AccessOptions;
  /** The registry's, which serves tokens at the same addresses and with the same certificate. */
  readonly tls: BoundTls;
  /** Whether clients talk to a proxy, which forwards a path of the registry's own address. @default false */
  readonly isBehindProxy?: boolean;
  /** The name that clients use. */
  readonly host: string;
  readonly publish: PublishedPort;
  /** Certificate and private key, PEM: a token of a secret. */
  readonly key: string;
  /** For `access.ldap.bindDn`: a token of a secret. @default - none */
  readonly ldapPassword?: string;
  /** Where `HtpasswdFile` keeps users and rights. */
  readonly mount: ContainerMount;
  readonly network: ContainerNetwork;
  /** @default "unless-stopped" */
  readonly restart?: RestartPolicy;
}

const BUNDLE = "/etc/distribution/token.crt";

/**
 * The token server, docker_auth: says who may do what, in tokens that the registry takes for some minutes. A changed user or
 * right restarts nothing: see `token-server.sh`.
 */
export class TokenServer extends Construct {
  /** The container. */
  public readonly container: TerraformResource;
  /** What the registry needs. */
  public readonly authentication: TokenAuthentication;

  constructor(scope: Construct, id: string, props: TokenServerProps) {
    super(scope, id);
    const { access, tls, publish, key } = props;
    throwIfInvalid(this, [
      check("name", props.name, NAME),
      ...accessProblems(access),
      ...checkFile(this, "ldap.caFile", access.ldap?.caFile),
    ]);
    const { port = ACCESS.port } = access;
    this.authentication = {
      configuration: { auth: tokenConfiguration(props) },
      files: [{ path: BUNDLE, content: part("CERTIFICATE", key) }],
    };
    this.container = props.platform.service(this, "Resource", {
      name: objectName(props.name, "token"),
      component: "token-server",
      image: props.image,
      entrypoint: ["/bin/sh", `${DIRECTORY}/serve.sh`],
      command: [],
      files: [
        { path: `${DIRECTORY}/serve.sh`, content: readFileSync(join(__dirname, "token-server.sh"), "utf8") },
        { path: `${DIRECTORY}/settings`, content: settings(props) },
        { path: `${DIRECTORY}/token.crt`, content: part("CERTIFICATE", key) },
        { path: `${DIRECTORY}/token.key`, content: part("PRIVATE KEY", key), mode: "0400" },
        ...(access.ldap ? ldapFiles(this, access.ldap, props.ldapPassword) : []),
        ...(tls.files ?? []).filter(({ path }) => certificatePaths(tls).includes(path)),
      ],
      mounts: [props.mount, ...(tls.mounts ?? [])],
      networks: [props.network, ...(tls.network === undefined ? [] : [{ id: tls.network }])],
      ports: tls.network === undefined ? [{ port: LISTENING.token, published: { ...publish, port } }] : [],
      health: { command: healthCheck(tls) },
      waitUntilHealthy: true,
      restart: props.restart ?? RESTARTS,
      stopTimeoutSeconds: 10,
      ...TOKEN_SERVER,
      labels: props.labels,
      dependsOn: props.dependsOn,
    });
  }
}

/** Distribution's `auth`. */
export function tokenConfiguration(
  props: Pick<TokenServerProps, "access" | "tls" | "host" | "name" | "isBehindProxy">,
) {
  return {
    token: {
      realm: realm(props),
      service: service(props),
      issuer: issuer(props),
      rootcertbundle: BUNDLE,
      signingalgorithms: ["RS256"],
    },
  };
}

/** Where clients get tokens. Behind a proxy by a path, so that it is the registry's own name and port. */
function realm({
  access,
  tls,
  host,
  isBehindProxy,
}: Pick<TokenServerProps, "access" | "tls" | "host" | "isBehindProxy">): string {
  const { port = ACCESS.port } = access;
  if (isBehindProxy) return `${tls.scheme}://${tls.address}/auth`;
  return `${tls.scheme}://${inUrl(host)}:${port}/auth`;
}

const service = ({ tls }: Pick<TokenServerProps, "tls">) => tls.address;
const issuer = ({ name }: Pick<TokenServerProps, "name">) => objectName(name, "token");

/** Lines of docker_auth's configuration, which `token-server.sh` puts users and rights around. */
function settings(props: TokenServerProps): string {
  const { access, tls } = props;
  const [certificate, key] = certificatePaths(tls);
  const server = { addr: `:${LISTENING.token}`, ...(certificate && { certificate, key }) };
  const token = {
    issuer: issuer(props),
    expiration: access.tokenSeconds ?? ACCESS.tokenSeconds,
    certificate: `${DIRECTORY}/token.crt`,
    key: `${DIRECTORY}/token.key`,
    // Distribution 3 knows keys by RFC 7638 only.
    disable_legacy_key_id: true,
  };
  const sections = { server, token, ...(access.ldap && { ldap_auth: ldapSettings(access.ldap) }) };
  return Object.entries(sections)
    .map(([name, section]) => `"${name}": ${JSON.stringify(section)},\n`)
    .join("");
}

/** Where the registry's own TLS has its certificate and key, if it has files. */
function certificatePaths({ configuration }: BoundTls): string[] {
  const { certificate, key } = configuration.http?.tls ?? {};
  return certificate && key ? [certificate, key] : [];
}

function healthCheck(tls: BoundTls): string[] {
  const isTls = certificatePaths(tls).length > 0;
  const url = `${isTls ? "https" : "http"}://127.0.0.1:${LISTENING.token}/`;
  return ["wget", "-q", ...(isTls ? ["--no-check-certificate"] : []), "-O", "/dev/null", url];
}

/** One of the two parts of the secret, cut out by Terraform. */
function part(label: "CERTIFICATE" | "PRIVATE KEY", key: string): string {
  const expression = `-----BEGIN ${label}-----[^-]+-----END ${label}-----`;
  if (Token.isUnresolved(key)) return `${Token.asString(Fn.regex(expression, key))}\n`;
  return `${new RegExp(expression).exec(key)?.[0] ?? ""}\n`;
}
