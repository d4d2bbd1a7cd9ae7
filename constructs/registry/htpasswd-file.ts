import type { TerraformResource } from "cdktf";
import { Token } from "cdktf";
import { Construct } from "constructs";
import type { AccessOptions } from "../access/options";
import { rightsFile, shownRights } from "../access/rights-file";
import type { ContainerMount, PartProps } from "../platform/platform";
import { check } from "../rules/checks";
import { type Problem, throwIfInvalid } from "../values/errors";
import { NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { ConfigurationTrigger } from "./configuration-trigger";
import { Htpasswd } from "./htpasswd";
import { CHECK_USER_FILE } from "./htpasswd-grammar";

/** The job is called `<name>-htpasswd`, the volume `<name>-auth`. */
export interface HtpasswdFileProps extends PartProps {
  /** Any image with a shell and its usual tools; the registry's own has them. */
  readonly image: string;
  /** The file: a token, or lines that `Htpasswd` made. */
  readonly content: string;
  /** Who may do what, for the token server, which reads the same volume. @default - no rights */
  readonly access?: AccessOptions;
}

// A file that vanishes, even for a moment, makes the registry answer 400; one that appears half-written locks people out.
// `cp` gives a new time, by which Distribution notices; `mv` within a directory is atomic.
const SCRIPT = `set -eu
file=/incoming/htpasswd
${CHECK_USER_FILE}cp /incoming/htpasswd /auth/.htpasswd.new
chmod 0444 /auth/.htpasswd.new
mv -f /auth/.htpasswd.new /auth/htpasswd
`;

const RIGHTS = `cp /incoming/rights /auth/.rights.new
chmod 0444 /auth/.rights.new
mv -f /auth/.rights.new /auth/rights
`;

/**
 * The users' file on a volume, rewritten atomically by a job. Distribution reads it again when it changes, so adding or
 * removing a user restarts nothing and fails no request.
 */
export class HtpasswdFile extends Construct {
  /** What wrote the file. */
  public readonly written: TerraformResource;
  /** What the registry mounts; the file is `htpasswd` in it. */
  public readonly mount: ContainerMount;

  constructor(scope: Construct, id: string, props: HtpasswdFileProps) {
    super(scope, id);
    throwIfInvalid(this, [check("name", props.name, NAME), ...checkContent(props.content)]);
    const { platform, name, image, content, access, labels, dependsOn } = props;
    const { mount, written } = platform.liveFiles(this, "Resource", {
      name: objectName(name, "auth"),
      directory: "/auth",
      files: { htpasswd: content, ...(access && { rights: rightsFile(access) }) },
      writer: {
        name: objectName(name, "htpasswd"),
        component: "htpasswd-file",
        image,
        script: access ? SCRIPT + RIGHTS : SCRIPT,
        directory: "/auth",
      },
      // The file is hidden in a plan, beside the passwords' hashes; each right is a line of its own here.
      replaceWith: access && [new ConfigurationTrigger(this, "rights", shownRights(access))],
      labels,
      dependsOn,
    });
    this.mount = mount;
    this.written = written;
  }
}

function checkContent(content: string): (Problem | undefined)[] {
  if (Token.isUnresolved(content)) return [];
  return Htpasswd.parse(content).names.length > 0
    ? []
    : [{ option: "content", rule: "must hold at least one user", fix: "without one nobody can log in" }];
}
