import type { Stage } from "../progress";
import type { TerraformEvent } from "../terraform/events";

const PAST: Readonly<Record<string, string>> = {
  create: "created",
  update: "changed",
  delete: "destroyed",
  read: "read",
};
const PRESENT: Readonly<Record<string, string>> = {
  create: "creating",
  update: "changing",
  delete: "destroying",
  read: "reading",
};

/** Turns Terraform's events into lines: `rustfs created 2.3 s`. Terraform counts whole seconds, so times are taken here. */
export class ResourceProgress {
  public done = 0;
  /** Ids of what was made, by address. */
  public readonly ids = new Map<string, string>();
  private readonly failed: string[] = [];
  private readonly running = new Map<string, { verb: string; since: number }>();
  private readonly waiting = new Map<string, string>();

  private readonly stage: Stage;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Addresses of what had begun and did not end well. */
  public get cutOff(): string[] {
    return [...this.failed, ...this.running.keys()];
  }

  /** Addresses of what Terraform works on, and since when. */
  public get begun(): ReadonlyMap<string, { readonly since: number }> {
    return this.running;
  }

  /** Says of a resource that Terraform works on what it waits for. */
  public waitsFor(address: string, text: string): void {
    this.waiting.set(address, text);
    this.show();
  }

  /** Something that happened besides. */
  public tell(text: string): void {
    this.stage.line(text);
    this.show();
  }

  /** Begins to wait for what Terraform has made and does not wait for. */
  public wait(address: string): void {
    this.running.set(address, { verb: "waiting for", since: Date.now() });
  }

  /** What was waited for is there. */
  public waited(address: string, text: string): void {
    const began = this.running.get(address);
    if (!began) return;
    this.running.delete(address);
    this.stage.line(`${address} ${text}  ${seconds(began.since)}`);
    this.show();
  }

  public event(event: TerraformEvent): void {
    if (!("hook" in event)) return;
    const { action, resource } = event.hook;
    const { addr } = resource;
    const began = this.running.get(addr);
    if (event.type === "apply_start") this.running.set(addr, { verb: PRESENT[action] ?? action, since: Date.now() });
    if (event.type === "apply_complete") {
      if (event.hook.id_value) this.ids.set(addr, event.hook.id_value);
      this.done += 1;
      this.running.delete(addr);
      this.stage.line(`${addr} ${PAST[action] ?? action}${began ? `  ${seconds(began.since)}` : ""}`);
    }
    if (event.type === "apply_errored") {
      this.failed.push(addr);
      this.running.delete(addr);
      this.stage.line(`${addr} failed${began ? `  ${seconds(began.since)}` : ""}`);
    }
    this.show();
  }

  private show(): void {
    const going = [...this.running].map(([address, { verb }]) => {
      const text = this.waiting.get(address);
      return `${verb} ${shortAddress(address)}${text ? ` (${text})` : ""}`;
    });
    this.stage.now(going.join(", "));
  }
}

/** `docker_container.rustfs` → `container.rustfs`, `kubernetes_deployment_v1.distribution` → `deployment.distribution` */
const shortAddress = (address: string) => address.replace(/^(?:docker|kubernetes)_/, "").replace(/^(\w+)_v1\./, "$1.");

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
