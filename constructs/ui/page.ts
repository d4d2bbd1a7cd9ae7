export interface PageOptions {
  readonly title: string;
  /** Host and port before an image's name in the commands that the page shows. */
  readonly address: string;
  /** Repositories that are asked for: above what the registry allows, it lists none at all. */
  readonly catalogLimit: number;
  readonly delete: boolean;
}

/** The page around the element that the image's script fills in: the image's own fills in its settings as it starts, as root. */
export function pageHtml({ title, address, catalogLimit, delete: mayDelete }: PageOptions): string {
  const attributes = {
    "single-registry": "true",
    "docker-registry-ui-title": title,
    // It stands before images' names, too: a title would be a place where none of them is.
    name: address,
    "pull-url": address,
    "catalog-elements-limit": String(catalogLimit),
    "is-image-remove-activated": String(mayDelete),
    // Of an image for several platforms it would be the digest of the first: whoever pinned that would pin one platform.
    "show-content-digest": "false",
    "show-tag-history": "true",
    "show-catalog-nb-tags": "false",
    "taglist-order": "alpha-asc;num-desc",
    // It would ask a third party's server, from the browser.
    "enable-version-notification": "false",
    theme: "auto",
  };
  const written = Object.entries(attributes).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="docker-registry-ui.css">
</head>
<body>
<docker-registry-ui ${written.join(" ")}></docker-registry-ui>
<script src="docker-registry-ui.js"></script>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
