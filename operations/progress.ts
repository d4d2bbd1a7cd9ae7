/** Shows a person what goes on; the command line prints it, tests record it. */
export interface Progress {
  /** Begins a stage; stages follow each other. */
  stage(title: string): Stage;
}

export interface Stage {
  /** What happens right now; the next one takes its place. */
  now(text: string): void;
  /** Something that happened, worth keeping. */
  line(text: string): void;
  /** The end, with its result. */
  done(result?: string): void;
  /** The end, badly. */
  failed(result?: string): void;
}

/** Runs a stage and ends it, well or badly. `work` returns what the stage's last line says, and the value. */
export async function inStage<T>(
  progress: Progress,
  title: string,
  work: (stage: Stage) => Promise<{ value: T; result?: string }>,
): Promise<T> {
  const stage = progress.stage(title);
  try {
    const { value, result } = await work(stage);
    stage.done(result);
    return value;
  } catch (error) {
    stage.failed();
    throw error;
  }
}
