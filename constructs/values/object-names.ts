/** What the Docker object of a part is called. @param name the registry's, which is its environment's */
export function objectName(name: string, noun: string): string {
  return `${name}-${noun}`;
}

/** The volume of a storage server's data, unless it is given a name. */
export function dataVolumeName(name: string, server: string): string {
  return objectName(name, `${server}-data`);
}
