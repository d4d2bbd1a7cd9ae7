import { registryTls } from "../stacks";
import { type TlsName, type TlsWishes, tlsChoice } from "./new-tls";

/** What a person decides about a new environment; the rest has defaults. */
export interface NewEnvironment {
  readonly name: string;
  /** Name that clients use. */
  readonly host: string;
  readonly port: number;
  /** Address of the Docker host to publish on. */
  readonly address: string;
  readonly tls: TlsWishes & { readonly mode: TlsName };
  /** @default - this machine's engine */
  readonly dockerHost?: string;
  /** @default - Docker Hub */
  readonly mirror?: string;
  /** An S3 service of somebody else's. @default - RustFS, on a volume */
  readonly s3?: { readonly bucket: string; readonly region: string; readonly endpoint?: string };
  /** Whether Terraform refuses to destroy the data. */
  readonly protect: boolean;
}

/** The text of the environment file: what was decided, with a word on each, and where to read on. */
export function environmentText(decided: NewEnvironment, schema: boolean): string {
  const { host, port, address, tls, dockerHost, mirror, protect } = decided;
  const login = registryTls({ registry: { tls } as never }).reach({ host, publish: { address, port } }).address;
  const lines = [
    ...(schema ? ["# yaml-language-server: $schema=schema.json"] : []),
    "# A private registry. What is not written here has a safe default; docs/reference/environment.md of the project has every key.",
    "# No secret belongs in here: `npx private-registry secrets init` makes them.",
    "",
    ...(dockerHost ? ["docker:", `  host: ${dockerHost} # where the containers run`, ""] : []),
    ...(mirror ? ["images:", `  mirror: ${mirror} # serves both images`, ""] : []),
    "registry:",
    `  host: ${host} # docker login ${login}`,
    "  publish: # on the Docker host",
    `    address: ${JSON.stringify(address)} # ${address === "127.0.0.1" ? "this machine only" : "who reaches it, reaches the registry"}`,
    `    port: ${port}`,
    "  tls:",
    ...tlsChoice(tls.mode)
      .lines(tls, host)
      .map((line) => `    ${line}`),
    "",
    ...storageLines(decided.s3, protect),
    "",
  ];
  return lines.join("\n");
}

function storageLines(s3: NewEnvironment["s3"], protect: boolean): string[] {
  if (s3) {
    return [
      "storage:",
      "  s3: # never created or destroyed from here; its keys are asked for",
      `    bucket: ${JSON.stringify(s3.bucket)} # must exist`,
      `    region: ${JSON.stringify(s3.region)}`,
      ...(s3.endpoint ? [`    endpoint: ${JSON.stringify(s3.endpoint)}`] : []),
    ];
  }
  return [
    "storage:",
    "  rustfs:",
    "    volume:",
    `      protect: ${protect} # ${protect ? "a plan that would destroy the images fails" : "`down` takes the images along"}`,
  ];
}
