import type { Edge, Graph, Node } from "../graph";

const MAX_NODES = 60;

const STYLES = `  classDef create fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef update fill:#ddf4ff,stroke:#0969da,color:#1f2328
  classDef replace fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef delete fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:4 3`;

const SHAPES: Readonly<Record<Node["kind"], readonly [string, string]>> = {
  container: ["[", "]"],
  job: ["[/", "/]"],
  network: ["([", "])"],
  volume: ["[(", ")]"],
  directory: ["[\\", "\\]"],
  port: ["{{", "}}"],
};

const SIGNS: Readonly<Record<string, string>> = { create: "+ ", update: "~ ", replace: "± ", delete: "− " };

/** A Mermaid flowchart: ports to containers to networks and volumes, with what changes marked. Nothing without nodes. */
export function mermaid({ nodes, edges }: Graph): string | undefined {
  if (nodes.length === 0 || nodes.length > MAX_NODES) return undefined;
  const ids = new Map(nodes.map((node, index) => [node.key, `n${index}`]));
  const lines = [
    "flowchart LR",
    ...nodes.map((node) => `  ${ids.get(node.key)}${shape(node)}${style(node)}`),
    ...edges.map((edge) => line(edge, ids)),
  ];
  return [...lines, ...(nodes.some(({ action }) => SIGNS[action]) ? [STYLES] : [])].join("\n");
}

function shape({ kind, label, action }: Node): string {
  const [open, close] = SHAPES[kind];
  return `${open}"${SIGNS[action] ?? ""}${safe(label)}"${close}`;
}

function style({ action }: Node): string {
  return SIGNS[action] ? `:::${action}` : "";
}

function line({ from, to, label }: Edge, ids: ReadonlyMap<string, string>): string {
  const arrow = label ? `-->|"${safe(label)}"|` : "---";
  return `  ${ids.get(from)} ${arrow} ${ids.get(to)}`;
}

/** Labels come from plans: they must not end the label, start a tag or make a link. */
function safe(label: string): string {
  const plain = [...label.slice(0, 60)].map((letter) =>
    /[\w ./:()*+,=~-]/.test(letter) || letter > "\u00a0" ? letter : "_",
  );
  return plain.join("").replace(/https?:/g, "http_");
}
