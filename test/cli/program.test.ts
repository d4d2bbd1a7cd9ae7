import { type Command, CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { createWholeProgram } from "../../cli/program";
import { fakeContext, runProgram } from "./fake-context";

describe("help", () => {
  test("of the program", async () => {
    expect((await runProgram("--help")).out).toMatchInlineSnapshot(`
      "Usage: private-registry [options] [command]

      A private container image registry as code: describe, deploy, verify, operate.

      Options:
        -V, --version                   output the version number
        -h, --help                      display help for command

      Commands:
        doctor [environment]            check what this machine has and lacks, with
                                        the fix for each; exits 1 only for what would
                                        stop \`up\`
        init [environment]              write a new environment file: asks a few
                                        questions; with a name it takes only the
                                        options
        synth [environments]            write the Terraform of every environment, and
                                        summarize it
        secrets                         make, show, rotate and export the secrets,
                                        which no file in git may hold
        users                           add, remove and list users; plan and apply
                                        deploy the change, without a restart
        access                          explain the rights that the environment file
                                        gives
        plan <environment>              show what would change, and save that plan;
                                        exits 2 when something would
        apply <environment>             apply the saved plan and nothing else; refuses
                                        one that is out of date
        up <environment>                deploy in one go: make missing secrets, plan,
                                        ask, apply, verify
        upgrade <environment>           run the images that the file names: back up,
                                        replace, verify; goes back by itself when that
                                        fails
        review [plan]                   say what a plan will do: a JSON file, - for
                                        standard input, an environment's saved plan,
                                        cdktf.out, or nothing for all environments
        verify <environment>            test a running registry from outside and
                                        inside; exits 2 when something is wrong
        status <environment>            containers, images kept, storage used,
                                        certificate, and what differs from the
                                        environment file
        logs <environment> [container]  follow the logs of all containers, or of one:
                                        registry, rustfs, bucket-init, storage-proof,
                                        htpasswd
        audit <environment>             who pushed, deleted, logged in and failed,
                                        from the registry's log; --to keeps it
        trust <environment>             write what Docker, BuildKit, Podman and
                                        containerd need to trust the environment's
                                        private CA
        backup <environment>            copy the images to another place; the registry
                                        stays in use, and only new content is copied
        restore <environment>           copy the images of a backup into a running
                                        registry, empty or not; its other images stay
        schedule <environment>          print systemd timers or cron lines for what
                                        the environment file schedules: gc, backup
        monitoring                      metrics for Prometheus: send them, and print
                                        scrape configuration and alerting rules for
                                        your own
        cache                           a pull-through cache: limit its size, and
                                        print the settings of its clients
        gc <environment>                collect garbage: free the space of what no tag
                                        needs, and verify that the rest is there
        retention <environment>         delete the tags that no rule of the
                                        environment file keeps
        space <environment>             show what uses the storage's space: images,
                                        what no tag needs, unfinished uploads
        lock                            write the provider's version and checksums,
                                        for all platforms, to a lock file for Git
        bundle                          pack everything that environments need into
                                        one file, for machines without Internet access
        down <environment>              destroy the containers and networks; protected
                                        data stays, and the next up finds it
        import                          import a registry from a docker-compose file
        help [command]                  display help for command

      First time:  npx private-registry doctor, then npx private-registry up local
      Exit codes:  0 done, 1 failed, 2 changes or findings, 64 usage, 130 stopped."
    `);
  });

  test("of up", async () => {
    expect((await runProgram("up", "--help")).out).toMatchInlineSnapshot(`
      "Usage: private-registry up [options] <environment>

      deploy in one go: make missing secrets, plan, ask, apply, verify

      Options:
        --yes                do not ask
        --user <name>        name of the first user, when there is none yet (default:
                             "admin")
        --ca <file>          PEM file of a private CA to trust
        --adopt <volume...>  take over existing volumes of these names, with what is
                             in them
        --json               print the result as JSON
        --verbose            show the output of the tools, too
        -h, --help           display help for command"
    `);
  });

  test("of down", async () => {
    expect((await runProgram("down", "--help")).out).toMatchInlineSnapshot(`
      "Usage: private-registry down [options] <environment>

      destroy the containers and networks; protected data stays, and the next up finds
      it

      Options:
        --delete-data            destroy protected data too: every image, for ever
        --confirm <environment>  the environment's name, for scripts, where nobody can
                                 be asked for it
        --verbose                show the output of the tools, too
        -h, --help               display help for command"
    `);
  });

  test("of verify", async () => {
    expect((await runProgram("verify", "--help")).out).toMatchInlineSnapshot(`
      "Usage: private-registry verify [options] <environment>

      test a running registry from outside and inside; exits 2 when something is wrong

      Options:
        --user <name>     log in as this user, not as the one that secrets init made
        --password-stdin  read that user's password from standard input
        --ca <file>       PEM file of a private CA to trust
        --json            print the result as JSON
        -h, --help        display help for command"
    `);
  });

  test("of init", async () => {
    expect((await runProgram("init", "--help")).out).toMatchInlineSnapshot(`
      "Usage: private-registry init [options] [environment]

      write a new environment file: asks a few questions; with a name it takes only
      the options

      Options:
        --host <name>         name that clients use (default: localhost)
        --port <number>       port on the Docker host (default: a free one from 5000;
                              443 with lets-encrypt)
        --publish <address>   address on the Docker host (default: 127.0.0.1; 0.0.0.0
                              with lets-encrypt and certificate)
        --tls <mode>          lets-encrypt, certificate, behind-proxy, none (default:
                              none)
        --email <address>     for lets-encrypt: whom to tell about problems
        --certificate <file>  for certificate: PEM file with the chain
        --key <file>          for certificate: PEM file with the key
        --url <url>           for behind-proxy: the URL that clients use
        --docker <host>       unix://, tcp:// or ssh://[USER@]HOST (default: this
                              machine's engine)
        --mirror <prefix>     mirror that the images come from (default: Docker Hub)
        --s3-bucket <name>    keep the images in this bucket of an S3 service of yours
                              (default: RustFS, on a volume)
        --s3-region <region>  for --s3-bucket (default: us-east-1)
        --s3-endpoint <url>   for --s3-bucket: the service's URL (default: AWS)
        --no-protect          let \`down\` destroy the images, for trying things out
        -h, --help            display help for command"
    `);
  });

  test("of users add", async () => {
    expect((await runProgram("users", "add", "--help")).out).toMatchInlineSnapshot(`
      "Usage: private-registry users add [options] <environment> <name>

      add a user; prints a generated password once

      Options:
        --password-stdin  read the password from standard input
        --prompt          ask for the password
        -h, --help        display help for command"
    `);
  });

  test("of every command fits a terminal of 80 columns", async () => {
    const namesOf = ({ commands }: Command, path: string[]): string[][] =>
      commands.flatMap((one) => [[...path, one.name()], ...namesOf(one, [...path, one.name()])]);
    const all = namesOf(await createWholeProgram(fakeContext().context), []);
    expect(all.length).toBeGreaterThan(25);
    for (const names of [[], ...all]) {
      const { out, error } = await runProgram(...names, "--help");
      expect(error, names.join(" ")).toMatchObject({ exitCode: 0 });
      for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });
});

describe("bad usage is a CommanderError, so exit code 64", () => {
  test.each([
    [["frobnicate"], /unknown command 'frobnicate'/],
    [["up"], /missing required argument 'environment'/],
    [["up", "a", "b"], /too many arguments/],
    [["plan", "a", "--jsn"], /unknown option '--jsn'[\s\S]*--json/],
    [["logs", "a", "--tail", "many"], /must be a whole number/],
    [["logs", "a", "--since", "yesterdayish"], /must be like 30s/],
    [["logs", "a", "--since", "10"], /must be like 30s/],
    [["status", "a", "--watch", "0"], /a whole number, 1 or more/],
    [["gc", "a", "--max-share", "101"], /a whole number 1–100/],
    [["bundle", "load", "f", "--port", "0"], /a whole number 1–65535/],
    [["users", "add", "a", "bob", "--password", "secret"], /unknown option '--password'/],
  ])("%j", async (args, message) => {
    const { error, err } = await runProgram(...args);
    expect(error).toBeInstanceOf(CommanderError);
    expect((error as CommanderError).exitCode).not.toBe(0);
    expect(err).toMatch(message);
  });
});

describe("help that is asked for", () => {
  test.each([
    ["help", "up"],
    ["up", "--help"],
  ])("%s %s shows the command's options", async (...args) => {
    expect((await runProgram(...args)).out).toContain("--adopt <volume...>");
  });

  test.each([[["help", "secrets", "set"]], [["secrets", "help", "set"]]])(
    "%j goes down to a command's command",
    async (args) => {
      expect((await runProgram(...args)).out).toContain(
        "Usage: private-registry secrets set [options] <environment> <variable>",
      );
    },
  );

  test("of nothing is the program's", async () => {
    expect((await runProgram("help")).out).toMatch(/^Usage: private-registry \[options\] \[command\]/);
  });
});
