import { format, type Report } from "../../review";
import { isColoured, type Style } from "./style";

/** Every change, then the headline and what must be settled or known. */
export function reviewText(report: Report, style: Style): string {
  return format(report, "text", { changes: true, brief: true, colors: isColoured(style) }).trimEnd();
}
