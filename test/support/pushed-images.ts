import { createHash } from "node:crypto";

const OCI = "application/vnd.oci.image";
export const MANIFEST = `${OCI}.manifest.v1+json`;
export const INDEX = `${OCI}.index.v1+json`;
const ACCEPT = [MANIFEST, INDEX, "application/vnd.docker.distribution.manifest.v2+json"].join(",");

export interface Pushed {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const digestOf = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Pushes what clients push, request by request, and pulls it back. */
export class PushedImages {
  private readonly url: () => string;
  private readonly login: Record<string, string>;

  /** @param login headers of every request. @default - anonymous */
  constructor(url: () => string, login: Record<string, string> = {}) {
    this.url = url;
    this.login = login;
  }

  public async blob(repository: string, text: string): Promise<Pushed> {
    const content = Buffer.from(text);
    const digest = digestOf(content);
    const location = await this.beginUpload(repository);
    const target = `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;
    const headers = { "content-type": "application/octet-stream" };
    await this.ask("PUT", target, 201, { headers, body: content });
    return { mediaType: `${OCI}.layer.v1.tar`, digest, size: content.length };
  }

  /** @returns where it goes on */
  public async beginUpload(repository: string): Promise<string> {
    const begin = () => this.ask("POST", `/v2/${repository}/blobs/uploads/`, 202);
    // versitygw, the stand-in, makes folders for keys, and now and then finds one where an upload is about to begin.
    const { headers } = await begin().catch((error: Error) => {
      if (!error.message.includes("ExistingObjectIsDirectory")) throw error;
      return begin();
    });
    return headers.get("location") ?? "";
  }

  /** @param tag none: by its digest */
  public async manifest(repository: string, tag: string | undefined, json: object): Promise<Pushed> {
    const full = { schemaVersion: 2, mediaType: MANIFEST, ...json };
    const body = Buffer.from(JSON.stringify(full));
    const digest = digestOf(body);
    const headers = { "content-type": full.mediaType };
    await this.ask("PUT", `/v2/${repository}/manifests/${tag ?? digest}`, 201, { headers, body });
    return { mediaType: full.mediaType, digest, size: body.length };
  }

  public async image(
    repository: string,
    tag: string | undefined,
    layers: readonly string[],
    more: object = {},
  ): Promise<Pushed> {
    const config = {
      ...(await this.blob(repository, `{"of":"${layers.join()}"}`)),
      mediaType: `${OCI}.config.v1+json`,
    };
    const all = await Promise.all(layers.map((one) => this.blob(repository, one)));
    return this.manifest(repository, tag, { config, layers: all, ...more });
  }

  public index(repository: string, tag: string | undefined, manifests: readonly Pushed[]): Promise<Pushed> {
    return this.manifest(repository, tag, { mediaType: INDEX, manifests });
  }

  public async delete(repository: string, reference: string): Promise<void> {
    await this.ask("DELETE", `/v2/${repository}/manifests/${reference}`, 202);
  }

  /** Whether an image can be had, with everything in it, byte for byte. @returns what is wrong */
  public async pull(repository: string, reference: string): Promise<string[]> {
    const answer = await this.fetch(`/v2/${repository}/manifests/${reference}`, {
      headers: { accept: ACCEPT },
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const wrong = `${repository}:${reference}`;
    if (answer.status !== 200) return [`${wrong} ${answer.status}`];
    if (reference.includes(":") && digestOf(body) !== reference) return [`${wrong} is another`];
    const { config, layers = [], manifests = [] } = JSON.parse(body.toString());
    const blobs: Pushed[] = [config, ...layers].filter(Boolean);
    const found = await Promise.all([
      ...blobs.map(({ digest }) => this.pullBlob(repository, digest)),
      ...manifests.map(({ digest }: Pushed) => this.pull(repository, digest)),
    ]);
    return found.flat();
  }

  /** Digests of an image's configuration and layers. */
  public async layersOf(repository: string, digest: string): Promise<string[]> {
    const answer = await this.fetch(`/v2/${repository}/manifests/${digest}`, { headers: { accept: ACCEPT } });
    const { config, layers } = (await answer.json()) as { config: Pushed; layers: Pushed[] };
    return [config, ...layers].map((one) => one.digest);
  }

  private async pullBlob(repository: string, digest: string): Promise<string[]> {
    const answer = await this.fetch(`/v2/${repository}/blobs/${digest}`);
    const content = await answer.arrayBuffer().catch(() => new ArrayBuffer(0));
    return answer.status === 200 && digestOf(Buffer.from(content)) === digest
      ? []
      : [`${repository} ${digest} ${answer.status}`];
  }

  /** On a connection of its own: those that are kept make every restart wait. */
  private fetch(target: string, options: RequestInit = {}): Promise<Response> {
    return fetch(new URL(target, this.url()), {
      ...options,
      headers: { ...options.headers, ...this.login, connection: "close" },
    });
  }

  private async ask(method: string, target: string, status: number, options: RequestInit = {}): Promise<Response> {
    const answer = await this.fetch(target, { method, ...options });
    if (answer.status !== status) throw new Error(`${method} ${target}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
    return answer;
  }
}
