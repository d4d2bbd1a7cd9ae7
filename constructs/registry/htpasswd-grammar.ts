/**
 * What a line of the users' file may be: Distribution's reader (registry/auth/htpasswd in 3.1.2) takes the text before the
 * first colon for a name and the rest for a bcrypt hash. Of a hash it looks at the first 60 characters only, so that of users
 * who stand on one line the first can log in and the others cannot. Hence the strictness: a hash ends where its line ends.
 *
 * One grammar in three dialects: JavaScript's and Terraform's (RE2) regular expressions, and grep's, which reads bytes.
 */
const HASH = "\\$2[aby]\\$(0[4-9]|[12][0-9]|3[01])\\$[./A-Za-z0-9]{53}";
const BLANK = "[ \\t\\r\\v\\f]*";
// No blank, no control and no invisible character: a byte order mark would become a part of the first name.
const NAME = "[^:#\\p{Cc}\\p{Cf}\\p{Z}][^:\\p{Cc}\\p{Cf}\\p{Z}]{0,254}";

/** Why a line is refused, continuing «line 3». */
export const LINE_RULE = "must be one user's `name:bcrypt-hash` and nothing else";

/** What to do about it. */
export const LINE_FIX =
  "write one user a line, as `htpasswd -nB NAME` prints it; to pass users through a CI variable, see docs/guides/ci.md";

const USER = new RegExp(`^${BLANK}(?<name>${NAME}):(?<hash>${HASH})${BLANK}$`, "u");
const OTHER = new RegExp(`^${BLANK}(#[^\\n]*)?$`, "u");

/** One line: a user, nothing (blank or a comment), or neither. */
export function readUserLine(line: string): { readonly name: string; readonly hash: string } | "nothing" | "wrong" {
  const { name, hash } = USER.exec(line)?.groups ?? {};
  if (name && hash) return { name, hash };
  return OTHER.test(line) ? "nothing" : "wrong";
}

/** Whether a text can be a user's name. */
export const isUserName = (name: string) => new RegExp(`^${NAME}$`, "u").test(name);

/** Conditions for Terraform on a variable's text, each with the sentence that says what must hold. */
export function userFileConditions(variable: string): { readonly condition: string; readonly errorMessage: string }[] {
  const lines = `split("\\n", var.${variable})`;
  const matches = (pattern: string) => `can(regex(${JSON.stringify(pattern)}, line))`;
  const name = `${BLANK}(${NAME}):`;
  return [
    {
      condition: `alltrue([for line in ${lines} : ${matches(`^${BLANK}(#.*|${NAME}:${HASH}${BLANK})?$`)}])`,
      errorMessage: `${variable}: each line ${LINE_RULE}. Users joined onto one line would lock out all but the first. To pass users through a CI variable, see docs/guides/ci.md.`,
    },
    {
      condition: `anytrue([for line in ${lines} : ${matches(`^${name}`)}])`,
      errorMessage: `${variable} must hold at least one user: without one nobody could log in.`,
    },
    {
      condition: `length([for line in ${lines} : line if ${matches(`^${name}`)}]) == length(distinct([for line in ${lines} : regex(${JSON.stringify(`^${name}`)}, line)[0] if ${matches(`^${name}`)}]))`,
      errorMessage: `${variable} must not name a user twice: only the last one counts.`,
    },
  ];
}

/** The same for a shell: fails with one line about a file, which must be named in `$file`. Needs grep, sed, sort, uniq, head, cut. */
export const CHECK_USER_FILE = `refuse() { echo "htpasswd: failed: $1" >&2; exit 1; }
export LC_ALL=C
mark=$(printf '\\357\\273\\277')
! grep -q "$mark" "$file" || refuse 'registry_htpasswd must not hold a byte order mark, which becomes a part of a name'
line=$(grep -nvE '^[[:space:]]*(#.*|[^:#[:space:][:cntrl:]][^:[:space:][:cntrl:]]*:${HASH}[[:space:]]*)?$' "$file" | head -n 1 | cut -d: -f1)
[ -z "$line" ] || refuse "line $line of registry_htpasswd ${LINE_RULE.replaceAll("`", "")}; users on one line lock out all but the first"
grep -q '^[[:space:]]*[^#[:space:]]' "$file" || refuse 'no user in registry_htpasswd, nobody could log in'
twice=$(sed -n 's/^[[:space:]]*\\([^#[:space:]][^:]*\\):.*/\\1/p' "$file" | sort | uniq -d | head -n 1)
[ -z "$twice" ] || refuse "registry_htpasswd must not name a user twice: $twice"
`;
