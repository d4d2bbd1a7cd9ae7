import { Failure } from "../failure";
import type { Helper, HelperResult } from "../runtime/helper";
import { type CopyState, errorOf, type RcloneError, stateOf } from "./rclone-log";

export interface RcloneResult extends HelperResult {
  readonly errors: readonly RcloneError[];
  readonly state?: CopyState;
}

/** Sections of rclone's configuration, by the name of the remote. */
export type Remotes = Readonly<Record<string, Readonly<Record<string, string>>>>;

const CONFIG = "/config/rclone/rclone.conf";

/** What rclone's container needs. */
export const COPIER_VARIABLES = { RCLONE_CONFIG: CONFIG };

/** What rclone says goes to a log of JSON lines, with the state each second. */
const LOGGED = ["--use-json-log", "--log-level", "NOTICE", "--stats", "1s", "--stats-log-level", "NOTICE"];

/** rclone in a container beside the registry, so that no bytes pass through here. */
export class Copier {
  private readonly helper: Helper;

  constructor(helper: Helper) {
    this.helper = helper;
  }

  /** Tells rclone its remotes. */
  public configure(remotes: Remotes): Promise<void> {
    return this.put(CONFIG, configuration(remotes));
  }

  /** Tells rclone one more; a password goes in in the form that rclone wants. */
  public async addSection(name: string, section: Remotes[string], password = ""): Promise<void> {
    await this.put("/config/section", `\n${configuration({ [name]: section })}`);
    await this.put("/config/password", password);
    const hidden = password && 'printf "password = %s\\n" "$(rclone obscure - </config/password)" >>"$1"; ';
    await this.shell(`cat /config/section >>"$1"; ${hidden}rm /config/section /config/password`, CONFIG);
  }

  /** Runs rclone to its end. @param onState hears how far it is */
  public async rclone(args: readonly string[], onState?: (state: CopyState) => void): Promise<RcloneResult> {
    const errors: RcloneError[] = [];
    let state: CopyState | undefined;
    const { code, output } = await this.helper.exec(["rclone", ...LOGGED, ...args], (line) => {
      const error = errorOf(line);
      if (error) errors.push(error);
      state = stateOf(line) ?? state;
      if (state) onState?.(state);
    });
    return { code, output, errors, state };
  }

  /** Runs a shell script to its end. @throws Failure when it fails */
  public async shell(script: string, ...args: string[]): Promise<string> {
    const said: string[] = [];
    const { code, output } = await this.helper.exec(["sh", "-ec", script, "sh", ...args], (line) => said.push(line));
    if (code !== 0) throw new Failure(`The copying container failed: ${said.at(-1) ?? `exit code ${code}`}`);
    return output;
  }

  /** Writes a file. */
  public put(path: string, content: string | Buffer): Promise<void> {
    return this.helper.put(path, Buffer.from(content));
  }

  /** Ends it, and whatever it does. Its name is free then: what comes next may need it at once. */
  public close(): Promise<void> {
    return this.helper.close();
  }
}

function configuration(remotes: Remotes): string {
  const sections = Object.entries(remotes).map(
    ([name, values]) =>
      `[${name}]\n${Object.entries(values)
        .map(([key, value]) => `${key} = ${value}\n`)
        .join("")}`,
  );
  return sections.join("\n");
}
