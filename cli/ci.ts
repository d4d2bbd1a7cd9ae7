/**
 * Whether this runs in a CI job: what is printed there is kept, and read by everybody who may see the job. A person's terminal
 * stays one with `CI` set.
 */
export function isCiJob({ env, stdout, stderr }: NodeJS.Process): boolean {
  const { CI } = env;
  return CI !== undefined && !/^(?:|0|false)$/i.test(CI) && !stdout.isTTY && !stderr.isTTY;
}
