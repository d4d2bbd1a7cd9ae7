import type { Cluster } from "../kubernetes/connection";
import { mapAtOnce } from "../storage/slots";
import { failed, type Outcome, passed, warning } from "../verify/check";

interface Asked {
  readonly group: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  readonly verb: string;
}

/** What Terraform's provider does with each resource. */
const APPLY_VERBS = ["get", "create", "patch", "delete"];
const APPLIED: readonly (readonly [group: string, resources: readonly string[]])[] = [
  ["", ["configmaps", "persistentvolumeclaims", "secrets", "serviceaccounts", "services"]],
  ["apps", ["deployments", "statefulsets"]],
  ["batch", ["jobs"]],
  ["networking.k8s.io", ["networkpolicies"]],
  ["policy", ["poddisruptionbudgets"]],
];

/** What `status`, `logs`, `verify`, `gc` and `backup` do besides. */
const WATCHED: readonly Asked[] = [
  ...["get", "list", "create", "delete"].map((verb) => ({ group: "", resource: "pods", verb })),
  { group: "", resource: "pods/log", verb: "get" },
  { group: "", resource: "pods/attach", verb: "create" },
  { group: "", resource: "pods/exec", verb: "create" },
  { group: "", resource: "pods/portforward", verb: "create" },
  { group: "", resource: "events", verb: "list" },
  { group: "apps", resource: "deployments", verb: "list" },
  { group: "apps", resource: "statefulsets", verb: "list" },
  { group: "batch", resource: "jobs", verb: "list" },
];

const AT_ONCE = 8;

/** Whether the login may do in the namespace what an apply and the other commands do. */
export async function checkPermissions(cluster: Cluster, hasIngress: boolean): Promise<Outcome> {
  const applied = hasIngress
    ? APPLIED.map(([group, all]) => [group, group === "networking.k8s.io" ? [...all, "ingresses"] : all] as const)
    : APPLIED;
  const forApply = applied.flatMap(([group, resources]) =>
    resources.flatMap((resource) => APPLY_VERBS.map((verb) => ({ group, resource, verb }))),
  );
  const refused = async (all: readonly Asked[]) => {
    const allowed = await mapAtOnce(AT_ONCE, all, (one) => may(cluster, one));
    return all.filter((_, n) => !allowed[n]);
  };
  const [missing, unwatched] = [await refused(forApply), await refused(WATCHED)];
  if (missing.length > 0)
    return failed(`an apply may not ${listed(missing)}`, howToAllow(cluster, [...missing, ...unwatched]));
  return unwatched.length > 0
    ? warning(
        `an apply may all it needs; status, logs, verify, gc or backup may not ${listed(unwatched)}`,
        howToAllow(cluster, unwatched),
      )
    : passed(`all ${forApply.length + WATCHED.length} that an apply and the other commands need`);
}

async function may({ authorization, namespace }: Cluster, { group, resource, verb }: Asked): Promise<boolean> {
  const [name, subresource] = resource.split("/");
  const resourceAttributes = { namespace, group, resource: name, subresource, verb };
  const { status } = await authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
  return status?.allowed === true;
}

const kindOf = ({ group, resource }: Asked) => (group ? `${resource}.${group}` : resource);

/** `create, delete deployments.apps; get pods/log` */
function listed(all: readonly Asked[]): string {
  const kinds = [...new Set(all.map(kindOf))];
  return kinds
    .map((kind) => `${all.flatMap((one) => (kindOf(one) === kind ? one.verb : [])).join(", ")} ${kind}`)
    .join("; ");
}

/** A role with all of it, which whoever runs the cluster can paste. */
function howToAllow({ context, namespace }: Cluster, all: readonly Asked[]): string {
  const verbs = [...new Set(all.map(({ verb }) => verb))].join(",");
  const kinds = [...new Set(all.map(kindOf))].join(",");
  const kubectl = `kubectl --context ${context} -n ${namespace} create`;
  return `whoever runs the cluster: ${kubectl} role private-registry --verb=${verbs} --resource=${kinds} && ${kubectl} rolebinding private-registry --role=private-registry --user=USER`;
}
