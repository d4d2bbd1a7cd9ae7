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

  private readonly stage: Stage;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Addresses of what had begun and did not end well. */
  public get cutOff(): string[] {
    return [...this.failed, ...this.running.keys()];
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
    const going = [...this.running].map(([address, { verb }]) => `${verb} ${address.replace(/^docker_/, "")}`);
    this.stage.now(going.join(", "));
  }
}

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
