import type { Io } from "./io";
import { createStyle } from "./render/style";

/** The process's own terminal. */
export function createIo(process: NodeJS.Process): Io {
  const { stdout, stderr, stdin, env } = process;
  const watched = stderr.isTTY === true && !env.CI && env.TERM !== "dumb";
  const colour = (stream: NodeJS.WriteStream) =>
    stream.isTTY === true && !env.NO_COLOR && !env.CI && env.TERM !== "dumb";
  let pending = false;
  const clear = () => {
    if (pending) stderr.write("\r\u001b[K");
    pending = false;
  };
  return {
    out: (text) => {
      clear();
      stdout.write(`${text}\n`);
    },
    err: (text) => {
      clear();
      stderr.write(`${text}\n`);
    },
    transient: (text) => {
      if (!watched) return;
      clear();
      if (text === "") return;
      // A line that wraps could not be removed again.
      stderr.write(text.slice(0, (stderr.columns || 80) - 1));
      pending = true;
    },
    watched,
    interactive: watched && stdin.isTTY === true,
    style: createStyle(colour(stdout)),
    errStyle: createStyle(colour(stderr)),
  };
}
