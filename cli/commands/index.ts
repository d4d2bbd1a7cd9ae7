import type { Command } from "commander";
import type { Context } from "../context";

/** A command's file: its options, or its own commands, and what they do. */
export interface CommandModule {
  readonly define: (command: Command, context: Context) => void;
}

/** What help shows of a command; the rest is loaded when it is called. */
export interface CommandEntry {
  /** Name and arguments. */
  readonly term: string;
  readonly description: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command, in the order of help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    term: "doctor [environment]",
    description: "what this machine has and lacks, each with the fix; exits 1 only for what would stop `up`",
    load: () => import("./doctor.js"),
  },
  {
    term: "init [environment]",
    description: "write a new environment file, by a few questions; with a name, by these options only",
    load: () => import("./init.js"),
  },
  {
    term: "synth [environments...]",
    description: "write the Terraform of every environment, and show what it will be",
    load: () => import("./synth.js"),
  },
  {
    term: "secrets",
    description: "the values that no file in git may hold",
    load: () => import("./secrets.js"),
  },
  {
    term: "users",
    description: "who may log in; plan and apply deploy it, without a restart",
    load: () => import("./users.js"),
  },
  {
    term: "plan <environment>",
    description: "show what would change, and save that plan; exits 2 when something would",
    load: () => import("./plan.js"),
  },
  {
    term: "apply <environment>",
    description: "apply the saved plan and nothing else; refuses one that does not hold any more",
    load: () => import("./apply.js"),
  },
  {
    term: "up <environment>",
    description: "from nothing to a verified registry: secrets if missing, plan, ask, apply, verify",
    load: () => import("./up.js"),
  },
  {
    term: "upgrade <environment>",
    description:
      "bring the images of the file to a registry that runs, prove it, and go back by itself when that fails",
    load: () => import("./upgrade.js"),
  },
  {
    term: "review [plan]",
    description:
      "say what a plan will do: a JSON file, - for standard input, an environment's saved plan, cdktf.out, or nothing for all environments",
    load: () => import("./review.js"),
  },
  {
    term: "verify <environment>",
    description: "prove a running registry from outside and inside; exits 2 when something is wrong",
    load: () => import("./verify.js"),
  },
  {
    term: "status <environment>",
    description: "containers, images kept, storage used, certificate, and what differs from the environment file",
    load: () => import("./status.js"),
  },
  {
    term: "logs <environment> [container]",
    description: "follow the logs of all containers, or of one: registry, rustfs, bucket-init, storage-proof, htpasswd",
    load: () => import("./logs.js"),
  },
  {
    term: "trust <environment>",
    description: "write what Docker, BuildKit, Podman and containerd need to trust the environment's private CA",
    load: () => import("./trust.js"),
  },
  {
    term: "backup <environment>",
    description: "copy the images to another place while the registry is used; only what is new is copied",
    load: () => import("./backup.js"),
  },
  {
    term: "restore <environment>",
    description: "bring the images of a backup back into a registry that runs, empty or not; what it has besides stays",
    load: () => import("./restore.js"),
  },
  {
    term: "schedule <environment>",
    description: "print systemd timers or cron lines for what the environment file schedules: gc, backup",
    load: () => import("./schedule.js"),
  },
  {
    term: "monitoring",
    description: "figures for Prometheus: send them, and print what one that exists needs",
    load: () => import("./monitoring.js"),
  },
  {
    term: "cache",
    description: "a pull-through cache: keep its size within bounds, and print what its clients need",
    load: () => import("./cache.js"),
  },
  {
    term: "gc <environment>",
    description: "free the space of what no tag needs, and prove that nothing else went",
    load: () => import("./gc.js"),
  },
  {
    term: "retention <environment>",
    description: "delete the tags that no rule of the environment file keeps",
    load: () => import("./retention.js"),
  },
  {
    term: "space <environment>",
    description: "what takes the storage's space: images, what no tag needs, unfinished uploads",
    load: () => import("./space.js"),
  },
  {
    term: "lock",
    description:
      "keep the provider's version and checksums, of all platforms, in a file beside the environments, for Git",
    load: () => import("./lock.js"),
  },
  {
    term: "bundle",
    description: "everything that environments need, in one file, for machines without the Internet",
    load: () => import("./bundle.js"),
  },
  {
    term: "down <environment>",
    description: "destroy the containers and networks; protected data stays, and the next up finds it",
    load: () => import("./down.js"),
  },
  {
    term: "import",
    description: "take over a registry that runs already",
    load: () => import("./import.js"),
  },
];
