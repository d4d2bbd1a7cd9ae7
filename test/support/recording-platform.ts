import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import type {
  ContainerSpec,
  ImageReference,
  LiveFiles,
  LiveFilesSpec,
  NetworkSpec,
  Peers,
  Platform,
  PlatformObject,
  Problem,
  ServiceSpec,
  VolumeSpec,
} from "../../constructs";
import { volumeFiles } from "../../constructs/platform/volume-files";

/** A platform that runs nothing and remembers what it was asked for, by name. */
export class RecordingPlatform implements Platform {
  public readonly copies = { registry: 1, storage: 1 };
  public readonly overlaps = false;
  public readonly images: string[] = [];
  public readonly networks: Record<string, NetworkSpec> = {};
  public readonly volumes: Record<string, VolumeSpec> = {};
  public readonly services: Record<string, ServiceSpec> = {};
  public readonly jobs: Record<string, ContainerSpec> = {};
  /** How often it was asked to prepare a stack. */
  public prepared = 0;
  /** What it says it cannot do. */
  public cannot: readonly Problem[] = [];

  private readonly made: PlatformObject[] = [];

  public problems(): readonly Problem[] {
    return this.cannot;
  }

  public prepare(): void {
    this.prepared++;
  }

  public image(_scope: Construct, _id: string, reference: ImageReference): string {
    const name = reference.toString();
    this.images.push(name);
    this.made.push({ kind: "image", name });
    return name;
  }

  public network(scope: Construct, id: string, spec: NetworkSpec): Recorded {
    this.networks[spec.name] = spec;
    return this.record(scope, id, { kind: "network", name: spec.name, internal: spec.internal });
  }

  public volume(scope: Construct, id: string, spec: VolumeSpec): Recorded {
    this.volumes[spec.name] = spec;
    return this.record(scope, id, { kind: "volume", name: spec.name });
  }

  public placeOf({ name }: VolumeSpec): string {
    return `volume ${name}`;
  }

  public peers(service: string): Peers {
    return { hosts: service, each: [service], own: service };
  }

  public liveFiles(scope: Construct, id: string, spec: LiveFilesSpec): LiveFiles {
    return volumeFiles(this, scope, id, spec);
  }

  public service(scope: Construct, id: string, spec: ServiceSpec): Recorded {
    this.services[spec.name] = spec;
    return this.record(scope, id, { kind: "service", name: spec.name });
  }

  public job(scope: Construct, id: string, spec: ContainerSpec): Recorded {
    this.jobs[spec.name] = spec;
    return this.record(scope, id, { kind: "job", name: spec.name });
  }

  public objects(): PlatformObject[] {
    return this.made;
  }

  private record(scope: Construct, id: string, object: PlatformObject): Recorded {
    this.made.push(object);
    return new Recorded(scope, id, object);
  }
}

/** A resource of no provider's. */
class Recorded extends TerraformResource {
  public readonly id: string;
  public readonly name: string;

  constructor(scope: Construct, id: string, { kind, name }: PlatformObject) {
    super(scope, id, { terraformResourceType: `recorded_${kind}` });
    this.id = `${name}-id`;
    this.name = name;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { name: this.name };
  }
}

/** Content of a file that is put into a container. */
export function contentOf(spec: ContainerSpec | undefined, path: string): string {
  return spec?.files?.find((file) => file.path === path)?.content ?? "";
}
