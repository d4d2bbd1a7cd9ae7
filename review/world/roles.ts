import { baseName, type ImageName } from "./image";

/** What a container is to the people who use the registry. */
type Role =
  | "registry"
  | "storage"
  | "bucket-job"
  | "users-job"
  | "job"
  | "proxy"
  | "database"
  | "monitoring"
  | "token-server"
  | "other";

interface Product {
  readonly role: Role;
  readonly name: string;
  readonly image: RegExp;
  /** First word of entrypoint or command, for images under another name. */
  readonly program?: RegExp;
  /** Where it keeps its data unless told otherwise. */
  readonly data: readonly string[];
}

/** Where these images keep data: their Dockerfiles' `VOLUME` and documentation. */
const PRODUCTS: readonly Product[] = [
  { role: "storage", name: "RustFS", image: /^rustfs/, program: /(^|\/)rustfs$/, data: ["/data"] },
  { role: "storage", name: "MinIO", image: /^minio$/, program: /(^|\/)minio$/, data: ["/data"] },
  { role: "storage", name: "SeaweedFS", image: /^seaweedfs$/, data: ["/data"] },
  { role: "storage", name: "Garage", image: /^garage$/, data: ["/var/lib/garage"] },
  {
    role: "registry",
    name: "registry",
    image: /^(registry|distribution)(-\w+)?$/,
    program: /(^|\/)registry$/,
    data: ["/var/lib/registry"],
  },
  { role: "token-server", name: "docker_auth", image: /^docker_auth$/, data: [] },
  { role: "proxy", name: "nginx", image: /^nginx/, data: [] },
  { role: "proxy", name: "Caddy", image: /^caddy/, data: [] },
  { role: "proxy", name: "Traefik", image: /^traefik/, data: [] },
  { role: "proxy", name: "HAProxy", image: /^haproxy/, data: [] },
  {
    role: "database",
    name: "PostgreSQL",
    image: /^(postgres|postgresql|postgis|timescaledb)/,
    data: ["/var/lib/postgresql/data", "/var/lib/postgresql"],
  },
  { role: "database", name: "MySQL", image: /^(mysql|mariadb)/, data: ["/var/lib/mysql"] },
  { role: "other", name: "Redis", image: /^(redis|valkey|memcached)/, data: [] },
];

export interface Identity {
  readonly role: Role;
  /** What people call it: `registry`, `RustFS`, or the container's name. */
  readonly title: string;
  readonly dataDirectories: readonly string[];
}

export interface Clues {
  readonly name: string;
  readonly component?: string;
  readonly image?: ImageName;
  readonly arguments: readonly string[];
  readonly isJob: boolean;
  readonly uploads: readonly string[];
}

/** What the label says wins; then whether it is a job; then the image; then the program that runs. */
export function identify(clues: Clues): Identity {
  const product = PRODUCTS.find(
    ({ image, program }) =>
      image.test(baseName(clues.image)) || clues.arguments.slice(0, 2).some((word) => program?.test(word)),
  );
  const role = roleOf(clues, product);
  const named = product && product.role === role;
  return { role, title: named ? product.name : clues.name, dataDirectories: named ? product.data : [] };
}

function roleOf(clues: Clues, product: Product | undefined): Role {
  switch (clues.component) {
    case "distribution":
      return "registry";
    case "rustfs":
      return "storage";
    case "bucket-init":
      return "bucket-job";
    case "htpasswd-file":
      return "users-job";
    case "prometheus":
    case "prometheus-files":
    case "alertmanager":
    case "perses":
      return "monitoring";
    case "token-server":
      return "token-server";
  }
  const isTool = /^(mc|aws-cli|rclone|s3cmd|s5cmd)$/.test(baseName(clues.image));
  if (!clues.isJob && !isTool) return product?.role ?? "other";
  const script = clues.arguments.join(" ");
  if (isTool || /\b(bucket|mc\s+(mb|rb|alias)|s3api|s3:\/\/)/i.test(`${script} ${clues.name}`)) return "bucket-job";
  return clues.uploads.some((file) => /htpasswd/.test(file)) || /htpasswd/.test(script) ? "users-job" : "job";
}
