/** Colours, or none: not for a pipe, and not when the person asked for none (https://no-color.org). */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const code = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;

export function createStyle(enabled: boolean): Style {
  const make = (open: number, close: number) => (enabled ? code(open, close) : (text: string) => text);
  return {
    bold: make(1, 22),
    dim: make(2, 22),
    red: make(31, 39),
    green: make(32, 39),
    yellow: make(33, 39),
    cyan: make(36, 39),
  };
}

/** Whether a style colours at all. */
export function isColoured(style: Style): boolean {
  return style.bold("") !== "";
}
