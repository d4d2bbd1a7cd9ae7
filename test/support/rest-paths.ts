// Paths of Kubernetes' API.

/** Words of a path after its group and version, and without its namespace. */
function wordsOf(path: string): string[] {
  return path.replace(/^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/(?=.))?/, "").split("/");
}

/** What a path is about: `pods`, `pods/exec`. */
export function resourceOf(path: string): string {
  const [resource = "", , sub] = wordsOf(path);
  return sub ? `${resource}/${sub}` : resource;
}

export const isCollection = (path: string) =>
  /^\/apis?\//.test(path) && wordsOf(path).length === 1 && !/\/namespaces\/[^/]+$/.test(path);

/** A collection in all namespaces, of an object's path. */
export const collectionOf = (path: string) =>
  path.replace(/\/namespaces\/[^/]+(?=\/[^/]+\/[^/]+$)/, "").replace(/\/[^/]+$/, "");

/** What a request does, as roles name it. */
export function verbOf(method: string, path: string): string {
  const verbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };
  return verbs[method] ?? (isCollection(path) ? "list" : "get");
}
