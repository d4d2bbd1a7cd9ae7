/** What the Docker object of a part is called. @param name the registry's, which is its environment's */
export function objectName(name: string, noun: string): string {
  return `${name}-${noun}`;
}
