import type { AuditEvent } from "../../operations/audit/event";
import type { Style } from "./style";

/** An event as a line to read. What clients call themselves cannot reach the terminal as anything but text. */
export function renderEvent(event: AuditEvent, style: Style): string {
  const { time, action, user = "-", result, address = "", forwarded, agent = "" } = event;
  const shown = [
    time.slice(0, 19).replace("T", " "),
    action.padEnd(6),
    user.padEnd(16),
    target(event).padEnd(40),
    `${address}${forwarded ? "*" : ""}`.padEnd(15),
    result === "ok" ? result : style.red(plain(result)),
    style.dim(plain(agent).slice(0, 40)),
  ];
  return shown.map((text, n) => (n < 5 ? plain(text) : text)).join("  ");
}

/** The mark of an address that a header gave. */
export const FORWARDED =
  "* this address comes from a request header. The proxy sent it; without a proxy, the client itself did";

function target({ repository = "", tag, digest, from }: AuditEvent): string {
  const name = `${repository}${tag ? `:${tag}` : digest ? `@${digest.slice(0, 19)}` : ""}`;
  return from ? `${name} from ${from}` : name;
}

function plain(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
