/** The addresses of the Docker host that a port is published on. */
export function publishedAddresses({ address = "127.0.0.1" }: { readonly address?: string }): readonly string[] {
  return [address];
}
