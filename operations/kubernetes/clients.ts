import { type AskedCluster, isAbsent, kubernetesFailure } from "./failure";
import type {
  AppsV1Api,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesLibrary,
  NetworkingV1Api,
  PolicyV1Api,
  RequestContext,
  StorageV1Api,
  VersionApi,
} from "./library";

/** The parts of the API that are asked. What is not there is an error with code 404; every other error is a `Failure`. */
export interface KubernetesClients {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly networking: NetworkingV1Api;
  readonly policy: PolicyV1Api;
  readonly storage: StorageV1Api;
  readonly authorization: AuthorizationV1Api;
  readonly version: VersionApi;
}

/** For one answer. */
export const ANSWER_MS = 30_000;

export function makeClients(
  library: KubernetesLibrary,
  config: KubeConfig,
  asked: AskedCluster,
  limitMs = ANSWER_MS,
): KubernetesClients {
  const configuration = library.createConfiguration({
    baseServer: new library.ServerConfiguration(asked.server, {}),
    authMethods: { default: config },
    promiseMiddleware: [
      {
        // The client itself waits without end.
        pre: async (request: RequestContext) => {
          request.setSignal(AbortSignal.timeout(limitMs));
          return request;
        },
        post: async (response) => response,
      },
    ],
  });
  const make = <Api extends object>(type: new (settings: typeof configuration) => Api) =>
    translated(new type(configuration), asked, limitMs);
  return {
    core: make(library.CoreV1Api),
    apps: make(library.AppsV1Api),
    batch: make(library.BatchV1Api),
    networking: make(library.NetworkingV1Api),
    policy: make(library.PolicyV1Api),
    storage: make(library.StorageV1Api),
    authorization: make(library.AuthorizationV1Api),
    version: make(library.VersionApi),
  };
}

/** Turns what an API's methods throw into failures. */
function translated<Api extends object>(api: Api, asked: AskedCluster, limitMs: number): Api {
  return new Proxy(api, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        try {
          return await value.apply(target, args);
        } catch (error) {
          if (isAbsent(error)) throw error;
          const isLate = ["AbortError", "TimeoutError"].includes((error as Error).name);
          throw kubernetesFailure(isLate ? new Error(`no answer within ${limitMs / 1000} s`) : error, asked);
        }
      };
    },
  });
}
