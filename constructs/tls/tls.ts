import type { IConstruct } from "constructs";
import type { DistributionOverrides } from "../distribution/configuration";
import type { ContainerFile, ContainerMount } from "../platform/platform";
import { check } from "../rules/checks";
import type { OptionRule } from "../rules/rule";
import { type TlsChoices, type TlsMode, type TlsPlace, tlsFacts, tlsModes } from "../rules/tls";
import { inUrl } from "../values/addresses";
import type { Problem } from "../values/errors";
import type { ValueType } from "../values/value";
import type { CertificateOptions } from "./certificate-tls";

/** What clients write. */
export interface TlsReach {
  readonly scheme: "http" | "https";
  /** Host, and port unless it is the scheme's own: what `docker login` and image names take. */
  readonly address: string;
}

/** What a way to do TLS makes of the registry. */
export interface BoundTls extends TlsReach {
  readonly configuration: DistributionOverrides;
  /** @default - none */
  readonly files?: readonly ContainerFile[];
  /** @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** A directory that must outlive the container, and whether plans that would destroy it are refused. @default - none */
  readonly cache?: { readonly directory: string; readonly protect: boolean };
  /** Directories of the Docker host that the registry reads. @default - none */
  readonly mounts?: readonly ContainerMount[];
  /** What a plan shows beside the configuration: the SHA-256 of files that are used. @default - nothing */
  readonly shown?: Readonly<Record<string, string>>;
  /** An existing network to join, in place of a published port. @default - the port is published */
  readonly network?: string;
}

/** The ACME server that the registry gets its certificates from by itself. */
export interface AcmeIssuer {
  /** The server's directory, written out. */
  readonly directoryUrl: string;
  /** Let's Encrypt, its test service, which no client trusts, or somebody's own server. */
  readonly service: "public" | "test" | "private";
  /** Names that the registry gets certificates for. */
  readonly hosts: readonly string[];
  /** Where the certificates are in the registry's container. */
  readonly directory: string;
}

/** A PEM file that holds the CA which clients must trust. */
export interface AuthorityFile {
  readonly file: string;
  /** The file is a server's chain, and the CA is its root, if that is in it. */
  readonly isChain: boolean;
}

/** A way to protect clients' connections. `RegistryTls` makes them. */
export abstract class Tls<Options extends object = object> {
  /** Its name in environment files. */
  public abstract readonly mode: TlsMode;
  public readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  /** What the options must fulfil together, and with the rest. */
  public get rules(): readonly OptionRule<TlsChoices<Options>>[] {
    return tlsModes[this.mode].rules as never;
  }

  /** Who answers clients' handshakes. */
  public get endedBy(): "registry" | "proxy" | "nobody" {
    return tlsFacts(this.mode).endedBy;
  }

  /** In one line, for people. */
  public abstract summary(): string;

  /** What clients write. */
  public reach(place: TlsPlace): TlsReach {
    const scheme = this.endedBy === "nobody" ? "http" : "https";
    return { scheme, address: clientAddress(scheme, place) };
  }

  /** An existing network to join, in place of a published port. @returns nothing: the port is published */
  public get network(): string | undefined {
    return undefined;
  }

  /** Where the registry gets certificates, and renews them, by itself. @returns nothing: it does not */
  public get acme(): AcmeIssuer | undefined {
    return undefined;
  }

  /** The certificate's files on the machine that runs Terraform, which people renew. @returns nothing: there are none */
  public get files(): CertificateOptions | undefined {
    return undefined;
  }

  /** Who else renews the certificate, for people. @returns nothing: the registry does, or people do, or there is none */
  public get renewedBy(): string | undefined {
    return undefined;
  }

  /** Where the CA is that clients must trust; `public` needs nothing. @returns nothing: it is not known from here */
  public get authority(): AuthorityFile | "public" | undefined {
    return undefined;
  }

  /** What it makes of the registry. Paths of files are relative to where the app runs. */
  public abstract bind(scope: IConstruct, place: TlsPlace): BoundTls;

  /** What is wrong with the single options, named as the caller wrote them. */
  public abstract problems(): (Problem | undefined)[];

  /** What is wrong with the files that it names. */
  public fileProblems(_scope: IConstruct, _host: string): Problem[] {
    return [];
  }
}

/** The problem of an option that must be there. */
export function required(option: string, value: unknown, type: ValueType): Problem | undefined {
  if (value !== undefined) return check(option, value, type);
  return { option, rule: `is required and ${type.rule}`, fix: type.fix };
}

/** Host and port as clients write them. */
export function clientAddress(scheme: TlsReach["scheme"], { host, publish: { port } }: TlsPlace): string {
  const name = inUrl(host);
  return port === (scheme === "https" ? 443 : 80) ? name : `${name}:${port}`;
}
