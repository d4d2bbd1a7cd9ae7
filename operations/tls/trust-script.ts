/** Puts the files of `trust` where the clients of the machine that it runs on look. @param address host, and port unless 443 */
export function installScript(address: string): string {
  return `#!/bin/sh
# Makes container clients trust the CA of ${address}, for that registry only.
#   Linux, as root:     Docker Engine (also from snap), Podman, containerd
#   Linux, as yourself: your rootless Docker and Podman
#   macOS, as yourself: Docker Desktop
set -eu
cd "$(dirname "$0")"
address='${address}'
root="\${DESTDIR:-}"

put() { # FOLDER FILE…
  target="$1/$address"
  shift
  mkdir -p "$target"
  cp "$@" "$target/"
  echo "$target"
}

if [ "$(uname -s)" = Darwin ]; then
  if [ "$(id -u)" = 0 ]; then
    echo 'Run it as the user of Docker Desktop, not as root.' >&2
    exit 1
  fi
  put "$HOME/.docker/certs.d" ca.crt
  echo 'Restart Docker Desktop: it reads the folder when it starts.' >&2
elif [ "$(id -u)" = 0 ]; then
  put "$root/etc/docker/certs.d" ca.crt
  put "$root/etc/containers/certs.d" ca.crt
  put "$root/etc/containerd/certs.d" "etc/containerd/certs.d/$address"/*
  if [ -d "$root/var/snap/docker/current" ]; then
    put "$root/var/snap/docker/current/etc/docker/certs.d" ca.crt
  fi
  # Docker and Podman read it with the next request. containerd does when it is told where to look:
  config="$root/etc/containerd/config.toml"
  if [ -f "$config" ] && ! grep -q 'config_path *= *"[^"]*/etc/containerd/certs.d' "$config"; then
    echo 'containerd: set config_path = "/etc/containerd/certs.d" for its registry plugin in /etc/containerd/config.toml, and restart it' >&2
  fi
else
  put "\${XDG_CONFIG_HOME:-$HOME/.config}/docker/certs.d" ca.crt
  put "\${XDG_CONFIG_HOME:-$HOME/.config}/containers/certs.d" ca.crt
  echo 'This is for your rootless engine. For the engine of the machine, run it as root.' >&2
fi
`;
}
