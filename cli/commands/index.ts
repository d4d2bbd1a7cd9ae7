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
    description: "check what this machine has and lacks, with the fix for each; exits 1 only for what would stop `up`",
    load: () => import("./doctor.js"),
  },
  {
    term: "init [environment]",
    description: "write a new environment file: asks a few questions; with a name it takes only the options",
    load: () => import("./init.js"),
  },
  {
    term: "synth [environments...]",
    description: "write the Terraform of every environment, and summarize it",
    load: () => import("./synth.js"),
  },
  {
    term: "secrets",
    description: "make, show, rotate and export the secrets, which no file in git may hold",
    load: () => import("./secrets.js"),
  },
  {
    term: "users",
    description: "add, remove and list users; plan and apply deploy the change, without a restart",
    load: () => import("./users.js"),
  },
  {
    term: "access",
    description: "explain the rights that the environment file gives",
    load: () => import("./access.js"),
  },
  {
    term: "plan <environment>",
    description: "show what would change, and save that plan; exits 2 when something would",
    load: () => import("./plan.js"),
  },
  {
    term: "apply <environment>",
    description: "apply the saved plan and nothing else; refuses one that is out of date",
    load: () => import("./apply.js"),
  },
  {
    term: "up <environment>",
    description: "deploy in one go: make missing secrets, plan, ask, apply, verify",
    load: () => import("./up.js"),
  },
  {
    term: "upgrade <environment>",
    description: "run the images that the file names: back up, replace, verify; goes back by itself when that fails",
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
    description: "test a running registry from outside and inside; exits 2 when something is wrong",
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
    term: "audit <environment>",
    description: "who pushed, deleted, logged in and failed, from the registry's log; --to keeps it",
    load: () => import("./audit.js"),
  },
  {
    term: "trust <environment>",
    description: "write what Docker, BuildKit, Podman and containerd need to trust the environment's private CA",
    load: () => import("./trust.js"),
  },
  {
    term: "backup <environment>",
    description: "copy the images to another place; the registry stays in use, and only new content is copied",
    load: () => import("./backup.js"),
  },
  {
    term: "restore <environment>",
    description: "copy the images of a backup into a running registry, empty or not; its other images stay",
    load: () => import("./restore.js"),
  },
  {
    term: "schedule <environment>",
    description: "print systemd timers or cron lines for what the environment file schedules: gc, backup",
    load: () => import("./schedule.js"),
  },
  {
    term: "monitoring",
    description: "metrics for Prometheus: send them, and print scrape configuration and alerting rules for your own",
    load: () => import("./monitoring.js"),
  },
  {
    term: "cache",
    description: "a pull-through cache: limit its size, and print the settings of its clients",
    load: () => import("./cache.js"),
  },
  {
    term: "gc <environment>",
    description: "collect garbage: free the space of what no tag needs, and verify that the rest is there",
    load: () => import("./gc.js"),
  },
  {
    term: "retention <environment>",
    description: "delete the tags that no rule of the environment file keeps",
    load: () => import("./retention.js"),
  },
  {
    term: "space <environment>",
    description: "show what uses the storage's space: images, what no tag needs, unfinished uploads",
    load: () => import("./space.js"),
  },
  {
    term: "lock",
    description: "write the provider's version and checksums, for all platforms, to a lock file for Git",
    load: () => import("./lock.js"),
  },
  {
    term: "bundle",
    description: "pack everything that environments need into one file, for machines without Internet access",
    load: () => import("./bundle.js"),
  },
  {
    term: "down <environment>",
    description: "destroy the containers and networks; protected data stays, and the next up finds it",
    load: () => import("./down.js"),
  },
  {
    term: "import",
    description: "import a registry from a docker-compose file",
    load: () => import("./import.js"),
  },
];
