import type { TLS_VERSION } from "../values/choices";

/** Where nginx finds what it serves: the page's own files are in the image. */
export const PAGE = "/etc/private-registry/ui";
export const NGINX_FILE = "/etc/private-registry/nginx.conf";
export const PAGE_PORT = 8080;
/** Plain HTTP inside the container only. */
export const HEALTH_PORT = 8081;

export interface NginxOptions {
  /** Scheme, host and port of the registry, as the container reaches it. */
  readonly registry: string;
  /** The same of the token server. @default - the registry asks for a password itself */
  readonly tokens?: string;
  /** The name in the registry's certificate. */
  readonly host: string;
  readonly delete: boolean;
  /** A proxy in front says who the client is. */
  readonly isBehindProxy: boolean;
  /** @default - plain HTTP */
  readonly tls?: {
    readonly certificate: string;
    readonly key: string;
    readonly minimum: (typeof TLS_VERSION.words)[number];
  };
}

/**
 * One origin: the page, and below `/v2/` the registry. Other methods than those that the page needs are refused here, so that
 * neither a push nor another site's script gets anything done through it: a deletion from elsewhere begins with OPTIONS.
 */
export function nginxConfiguration(options: NginxOptions): string {
  const { registry, tokens, host, delete: mayDelete, isBehindProxy, tls } = options;
  const listen = tls
    ? [
        `listen ${PAGE_PORT} ssl;`,
        `ssl_certificate ${tls.certificate};`,
        `ssl_certificate_key ${tls.key};`,
        `ssl_protocols ${tls.minimum === "tls1.3" ? "TLSv1.3" : "TLSv1.2 TLSv1.3"};`,
        "error_page 497 =308 https://$http_host$request_uri;",
      ]
    : [`listen ${PAGE_PORT};`];
  return `worker_processes 1;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events { worker_connections 512; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  server_tokens off;
  sendfile on;
  client_body_temp_path /tmp/client;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  client_max_body_size 1k;
  client_header_timeout 10s;
  client_body_timeout 10s;
  # Docker's own: a registry that is made anew has another address.
  resolver 127.0.0.11 valid=5s ipv6=off;
  map "$request_method $uri" $is_refused {
    default 1;
    "~^(?:GET|HEAD) " 0;${mayDelete ? `\n    "~^DELETE /v2/.+/manifests/[^/]+$" 0;` : ""}
  }
${tokens ? CHALLENGE : ""}  # The registry writes a line for each request that reaches it.
  access_log /dev/stdout combined if=$is_refused;
  server {
    ${listen.join("\n    ")}
    add_header Content-Security-Policy "${POLICY}" always;
    add_header X-Content-Type-Options nosniff always;
    add_header X-Frame-Options DENY always;
    add_header Referrer-Policy no-referrer always;${tokens ? LOGIN : ""}
    if ($is_refused) { return 405; }
    root /usr/share/nginx/html;
    location = / { root ${PAGE}; try_files /index.html =404; }
    location = /index.html { root ${PAGE}; }
    location / {
      try_files $uri =404;
      gzip on;
      gzip_types text/css application/javascript;
    }
    # Nothing of these has a route that others share: the containers are on one network of this machine.
    proxy_ssl_server_name on;
    proxy_ssl_name ${host};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For ${isBehindProxy ? "$proxy_add_x_forwarded_for" : "$remote_addr"};
    proxy_set_header X-Forwarded-Proto ${isBehindProxy ? "$http_x_forwarded_proto" : "$scheme"};
    proxy_hide_header X-Content-Type-Options;
    proxy_hide_header Access-Control-Allow-Origin;
    proxy_connect_timeout 5s;
    proxy_max_temp_file_size 0;
    location /v2/ {
      set $registry ${registry};
      proxy_pass $registry;${tokens ? "\n      proxy_hide_header WWW-Authenticate;" : ""}
    }${tokens ? tokenLocation(tokens) : ""}
  }
  server {
    listen 127.0.0.1:${HEALTH_PORT};
    access_log off;
    location / { return 204; }
  }
}
`;
}

/** The page asks for tokens where the registry's challenge says: on the page's own origin, of which alone browsers give an answer to it. */
const CHALLENGE = `  map $upstream_http_www_authenticate $challenge {
    default "";
    "~^Bearer realm=\\"[^\\"]+\\",(?<rest>.+)$" 'Bearer realm="/auth",$rest';
  }
`;

const LOGIN = `
    set $login "";
    add_header WWW-Authenticate $challenge always;
    add_header WWW-Authenticate $login always;`;

/** Who has not logged in is asked to: the token server would give anyone a token where anyone may pull, and nobody could log in. */
function tokenLocation(tokens: string): string {
  return `
    location = /auth {
      default_type application/json;
      if ($http_authorization = "") {
        set $login 'Basic realm="registry"';
        return 401 "{}";
      }
      set $tokens ${tokens};
      proxy_pass $tokens;
    }`;
}

/** The page's scripts and requests stay on its origin; its styles are written into elements. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
