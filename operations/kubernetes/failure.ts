import { X509Certificate } from "node:crypto";
import { Failure } from "../failure";

/** Who was asked, for messages. */
export interface AskedCluster {
  readonly context: string;
  readonly namespace: string;
  /** URL of the API server. */
  readonly server: string;
  /** PEM of the certificate that the context logs in with. @default - it logs in otherwise */
  readonly clientCertificate?: string;
}

/** What the API server answered, or that it did not. */
interface Refusal {
  /** Status of HTTP; or what Node calls an error. */
  readonly code?: number | string;
  readonly message?: string;
  readonly body?: unknown;
  readonly name?: string;
}

/** An error of the Kubernetes client in a person's words. */
export function kubernetesFailure(error: unknown, asked: AskedCluster): Failure {
  if (error instanceof Failure) return error;
  const refusal = refusalOf(error);
  const { code } = refusal;
  const text = statusMessage(refusal) ?? messageOf(error);
  if (code === 401) return loginRefused(asked, text);
  const lacking = code === 403 && FORBIDDEN.exec(text)?.groups;
  if (lacking) return forbidden(asked, lacking as unknown as Forbidden, text);
  if (code === 403) return new Failure(`Kubernetes, context ${asked.context}, forbids that: ${text}`);
  if (typeof code === "number" && code >= 400)
    return new Failure(`Kubernetes refuses (${code}): ${text}`, undefined, messageOf(error));
  return connectionFailure(asked, messageOf(error), typeof code === "string" ? code : "");
}

/** Whether an object is not there. */
export function isAbsent(error: unknown): boolean {
  return refusalOf(error).code === 404;
}

/** An object, or nothing when it is not there. */
export async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A websocket says only which status it got; HTTP has the API server's own words. */
function refusalOf(error: unknown): Refusal {
  if (typeof error !== "object" || error === null) return {};
  const refusal = error as Refusal & { readonly error?: Refusal };
  const status = /Unexpected server response: (\d+)/.exec(refusal.message ?? "")?.[1];
  if (status) return { ...refusal, message: refusal.message, code: Number(status), body: undefined };
  return refusal.code === undefined && refusal.error ? refusal.error : refusal;
}

function statusMessage({ body, code }: Refusal): string | undefined {
  if (typeof code !== "number") return undefined;
  try {
    const status = (typeof body === "string" ? JSON.parse(body) : body) as { readonly message?: string } | undefined;
    return status?.message;
  } catch {
    return undefined;
  }
}

/** The sentence of an error, without the status, headers and body that the library adds. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return (error as { message?: string } | undefined)?.message ?? String(error);
  const inner = error instanceof AggregateError ? error.errors.map(messageOf).join("; ") : error.message;
  return inner || ((error as NodeJS.ErrnoException).code ?? error.name);
}

function loginRefused({ context, clientCertificate }: AskedCluster, details: string): Failure {
  const ended = clientCertificate && endOf(clientCertificate);
  if (ended && ended < new Date())
    return new Failure(
      `The certificate that context ${context} logs in with ended on ${ended.toISOString().slice(0, 10)}`,
      "get a new kubeconfig from who runs the cluster; on a control plane of kubeadm: kubeadm certs renew all",
      details,
    );
  return new Failure(
    `The cluster of context ${context} does not know who asks: its login is wrong, or has ended`,
    `log in anew, as its provider has it; it works when this does: kubectl --context ${context} auth whoami`,
    details,
  );
}

function endOf(pem: string): Date | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo);
  } catch {
    return undefined;
  }
}

const FORBIDDEN =
  /User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]+)"(?: in API group "(?<group>[^"]*)")?/;

interface Forbidden {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly group?: string;
}

/** What a role lacks. */
export function forbidden(
  { context, namespace }: Pick<AskedCluster, "context" | "namespace">,
  { user, verb, resource, group }: Forbidden,
  details: string,
): Failure {
  const kind = group ? `${resource}.${group}` : resource;
  return new Failure(
    `${user} may not ${verb} ${kind} in namespace ${namespace}`,
    `whoever runs the cluster gives that by a RoleBinding; it is there when this says yes: kubectl --context ${context} -n ${namespace} auth can-i ${verb} ${kind}`,
    details,
  );
}

/** What stands in the way of a connection, most particular first. */
const CONNECTIONS: readonly {
  readonly pattern: RegExp;
  readonly explain: (asked: AskedCluster, match: RegExpExecArray) => readonly [message: string, remedy: string];
}[] = [
  {
    pattern: /CERT_HAS_EXPIRED|certificate has expired/,
    explain: ({ server }) => [
      `The certificate of ${server} has ended`,
      "renew it there; on a control plane of kubeadm: kubeadm certs renew all. Is this machine's clock right? date",
    ],
  },
  {
    pattern: /CERT_NOT_YET_VALID|certificate is not yet valid/,
    explain: ({ server }) => [
      `The certificate of ${server} begins later than now, by this machine's clock`,
      "set the clock: timedatectl set-ntp true",
    ],
  },
  {
    pattern: /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/,
    explain: ({ server, context }) => [
      `The certificate of ${server} is for other names`,
      `ask it by a name that it has, or write tls-server-name into the kubeconfig: kubectl config view --minify --context ${context}`,
    ],
  },
  {
    pattern:
      /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET)|DEPTH_ZERO|self[- ]signed certificate|unable to (?:verify|get)[^\n]*certificate/,
    explain: ({ server, context }) => [
      `${server} shows a certificate that the kubeconfig's CA did not make: another cluster answers there, or this one was made anew`,
      `get its kubeconfig again; what there is now: kubectl config view --minify --context ${context}`,
    ],
  },
  {
    pattern: /HTTP protocol is not allowed/,
    explain: ({ server, context }) => [
      `${server} is plain HTTP: whatever is sent there, passwords too, can be read on the way`,
      `if that is meant, say so in the kubeconfig: kubectl config set-cluster "$(kubectl config view -o jsonpath='{.contexts[?(@.name=="${context}")].context.cluster}')" --insecure-skip-tls-verify=true`,
    ],
  },
  {
    pattern: /spawn (\S+) ENOENT/,
    explain: ({ context }, [, program]) => [
      `Context ${context} logs in with the program ${program}, which is not on the PATH`,
      "install it, or take a context that logs in otherwise",
    ],
  },
  {
    pattern: /no answer within (\d+) s|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    explain: ({ server, context }) => [
      `${server}, the cluster of context ${context}, does not answer`,
      `is the way there open (VPN, firewall)? try: kubectl --context ${context} version`,
    ],
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN/,
    explain: ({ server, context }) => [
      `The name in ${server}, the cluster of context ${context}, does not resolve here`,
      `is the way there open (VPN, DNS)? try: kubectl --context ${context} version`,
    ],
  },
  {
    pattern: /ECONNREFUSED|ECONNRESET|socket hang up/,
    explain: ({ server, context }) => [
      `Nobody answers at ${server}, the cluster of context ${context}: it does not run, or is elsewhere`,
      `try: kubectl --context ${context} version`,
    ],
  },
];

function connectionFailure(asked: AskedCluster, details: string, code: string): Failure {
  for (const { pattern, explain } of CONNECTIONS) {
    const match = pattern.exec(details) ?? pattern.exec(code);
    if (match) return new Failure(...explain(asked, match), details);
  }
  return new Failure(
    `${asked.server}, the cluster of context ${asked.context}, could not be asked`,
    `try: kubectl --context ${asked.context} version`,
    details,
  );
}
