import { createHash, randomBytes } from "node:crypto";
import type { FakeEngine } from "../fake-engine";
import { mountsOf } from "./containers";
import { EngineError, matches, type Query } from "./http";

export interface FakeNetwork {
  readonly Id: string;
  readonly Name: string;
  Internal: boolean;
  readonly Driver: string;
  Labels: Record<string, string>;
}

export interface FakeVolume {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly CreatedAt: string;
  Labels: Record<string, string>;
}

export interface FakeImage {
  readonly Id: string;
  readonly RepoTags: string[];
  readonly RepoDigests: string[];
}

/** Networks, volumes and images. */
export class Objects {
  public readonly networks = new Map<string, FakeNetwork>();
  public readonly volumes = new Map<string, FakeVolume>();
  public readonly images = new Map<string, FakeImage>();
  /** What a pull ends with; images that are not there can be pulled where it is none. */
  public pullError?: string;

  private readonly engine: FakeEngine;

  constructor(engine: FakeEngine) {
    this.engine = engine;
  }

  /** By name or id. */
  public network(reference: string): FakeNetwork {
    const found = [...this.networks.values()].find(({ Id, Name }) => Name === reference || Id.startsWith(reference));
    if (found) return found;
    if (/^(bridge|host|none)$/.test(reference)) return this.addNetwork({ Name: reference });
    throw new EngineError(404, `network ${reference} not found`);
  }

  public addNetwork({ Name, Internal = false, Driver = "bridge", Labels = {} }: Partial<FakeNetwork>): FakeNetwork {
    const network = { Id: randomBytes(32).toString("hex"), Name: Name ?? "", Internal, Driver, Labels };
    if ([...this.networks.values()].some((one) => one.Name === Name))
      throw new EngineError(409, `network with name ${Name} already exists`);
    this.networks.set(network.Id, network);
    return network;
  }

  public ensureVolume(name: string, labels: Record<string, string> = {}): FakeVolume {
    const existing = this.volumes.get(name);
    if (existing) return existing;
    const Mountpoint = `/var/lib/docker/volumes/${name}/_data`;
    const volume = { Name: name, Driver: "local", Mountpoint, CreatedAt: new Date().toISOString(), Labels: labels };
    this.volumes.set(name, volume);
    return volume;
  }

  /** By tag, by digest or by id. */
  public image(reference: string): FakeImage | undefined {
    return [...this.images.values()].find(
      ({ Id, RepoTags, RepoDigests }) =>
        Id === reference || RepoTags.includes(reference) || RepoDigests.includes(reference),
    );
  }

  /** Puts an image on the engine, as a pull does; its id follows from its name. */
  public addImage(reference: string): FakeImage {
    const existing = this.image(reference);
    if (existing) return existing;
    const Id = `sha256:${createHash("sha256").update(reference).digest("hex")}`;
    const isDigest = reference.includes("@");
    const image = { Id, RepoTags: isDigest ? [] : [reference], RepoDigests: isDigest ? [reference] : [] };
    this.images.set(Id, image);
    return image;
  }

  public diskUsage() {
    return {
      LayersSize: 0,
      Images: [...this.images.values()],
      Containers: [],
      Volumes: [...this.volumes.values()],
      BuildCache: [],
    };
  }

  public route(method: string, path: string, query: Query, body: unknown): unknown {
    const [, noun, ...rest] = path.split("/");
    const reference = rest.join("/");
    if (noun === "networks") return this.networkRoute(method, rest, query, body);
    if (noun === "volumes") return this.volumeRoute(method, reference, query, body);
    if (noun === "images") return this.imageRoute(method, reference, query);
    if (noun === "events") return Buffer.alloc(0);
    throw new EngineError(404, `page not found: ${path}`);
  }

  private networkRoute(method: string, [reference = "", verb]: string[], query: Query, body: unknown): unknown {
    if (reference === "create") return { Id: this.addNetwork(body as FakeNetwork).Id, Warning: "" };
    if (reference === "" || reference === "json")
      return [...this.networks.values()].filter(({ Name, Labels }) => matches(query, Name, Labels));
    const network = this.network(reference);
    const members = [...this.engine.containers.all.values()].filter(({ networks }) => networks.has(network.Name));
    if (verb === "connect" || verb === "disconnect") {
      const { networks } = this.engine.containers.get((body as { Container: string }).Container);
      if (verb === "connect") networks.add(network.Name);
      else networks.delete(network.Name);
      return {};
    }
    if (method === "DELETE") {
      if (members.some(({ state }) => state === "running"))
        throw new EngineError(403, `error while removing network: network ${network.Name} has active endpoints`);
      this.networks.delete(network.Id);
      return undefined;
    }
    return { ...network, Containers: Object.fromEntries(members.map(({ id, name }) => [id, { Name: name }])) };
  }

  private volumeRoute(method: string, reference: string, query: Query, body: unknown): unknown {
    if (reference === "create") {
      const { Name, Labels } = body as FakeVolume;
      return this.ensureVolume(Name, Labels ?? {});
    }
    if (reference === "")
      return {
        Volumes: [...this.volumes.values()].filter(({ Name, Labels }) => matches(query, Name, Labels)),
        Warnings: [],
      };
    const volume = this.volumes.get(reference);
    if (!volume) throw new EngineError(404, `get ${reference}: no such volume`);
    if (method !== "DELETE") return volume;
    const user = [...this.engine.containers.all.values()].find((one) =>
      mountsOf(one).some((mount) => mount.volume === reference),
    );
    if (user) throw new EngineError(409, `remove ${reference}: volume is in use - [${user.id}]`);
    this.volumes.delete(reference);
    return undefined;
  }

  private imageRoute(method: string, reference: string, query: Query): unknown {
    if (reference === "json") return [...this.images.values()];
    if (reference === "create") {
      const name = query.fromImage + (query.tag ? `${query.tag.startsWith("sha256:") ? "@" : ":"}${query.tag}` : "");
      if (this.pullError)
        return Buffer.from(`${JSON.stringify({ error: this.pullError, errorDetail: { message: this.pullError } })}\n`);
      this.addImage(name);
      return Buffer.from(`${JSON.stringify({ status: `Downloaded newer image for ${name}` })}\n`);
    }
    const [name = "", verb] = splitVerb(reference);
    const image = this.image(name);
    if (!image) throw new EngineError(404, `No such image: ${name}`);
    if (verb === "tag") {
      image.RepoTags.push(`${query.repo}:${query.tag}`);
      return "";
    }
    if (method === "DELETE") this.images.delete(image.Id);
    return method === "DELETE" ? [{ Deleted: image.Id }] : image;
  }
}

/** `a/b:1/json` as `a/b:1` and `json`. */
function splitVerb(reference: string): [string, string?] {
  const [, name, verb] = /^(.*)\/(json|tag|history)$/.exec(reference) ?? [];
  return name ? [name, verb] : [reference];
}
