import type { IConstruct } from "constructs";
import type { DistributionOverrides } from "../distribution/configuration";
import type { ContainerFile } from "../platform/platform";
import { check } from "../rules/checks";
import type { Problem } from "../rules/errors";
import type { OptionRule } from "../rules/rule";
import type { TlsChoices, TlsPlace } from "../rules/tls";
import type { TLS_MODE } from "../values/choices";
import type { ValueType } from "../values/value";

/** What a way to do TLS makes of the registry. */
export interface BoundTls {
  readonly scheme: "http" | "https";
  /** Host, and port unless it is the scheme's own: what `docker login` and image names take. */
  readonly address: string;
  readonly configuration: DistributionOverrides;
  /** @default - none */
  readonly files?: readonly ContainerFile[];
  /** @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** A directory that must outlive the container, and whether plans that would destroy it are refused. @default - none */
  readonly cache?: { readonly directory: string; readonly protect: boolean };
  /** What a plan shows beside the configuration: the SHA-256 of files that are used. @default - nothing */
  readonly shown?: Readonly<Record<string, string>>;
  /** An existing network to join, in place of a published port. @default - the port is published */
  readonly network?: string;
}

/** A way to protect clients' connections. `RegistryTls` makes them. */
export abstract class Tls<Options extends object = object> {
  /** Its name in environment files. */
  public abstract readonly mode: (typeof TLS_MODE.words)[number];
  /** What the options must fulfil together, and with the rest. */
  public abstract readonly rules: readonly OptionRule<TlsChoices<Options>>[];
  public readonly options: Options;

  constructor(options: Options) {
    this.options = options;
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
export function clientAddress(scheme: BoundTls["scheme"], { host, publish: { port } }: TlsPlace): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === (scheme === "https" ? 443 : 80) ? name : `${name}:${port}`;
}
