import { Token } from "cdktf";

/**
 * Text that Terraform must not read as a template: `${` and `%{` are doubled. Tokens pass, they are meant.
 * CDKTF writes strings into its JSON as they are, and `Fn.rawString` leaves `%{` alone.
 */
export function literal(text: string): string {
  return Token.isUnresolved(text) ? text : text.replace(/[$%](?=\{)/g, (mark) => mark + mark);
}
