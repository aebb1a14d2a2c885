#!/bin/sh
# Runs the steps of container/Dockerfile where there is no container engine: in a Debian root that debootstrap makes, its last stage as an ordinary user, on a
# read-only tree, in a network without a way out. Needs root, debootstrap, unshare, a Debian mirror and this machine's Node in place of that of the base image.
# Usage: container/try-image.sh [--built] [FOLDER]
#   FOLDER   the root is kept there (default: a temporary folder, removed at the end)
#   --built  takes what is installed and built in this checkout in place of the first stage: much faster, and larger than the image
set -eu
built=
if [ "${1:-}" = --built ]; then built=yes; shift; fi
here=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -gt 0 ]; then image=$1; else image=$(mktemp -d); trap 'rm -rf "$image"' EXIT; fi
release=bookworm
say() { printf '== %s\n' "$1"; }

if [ ! -e "$image/etc/debian_version" ]; then
  say "base image: Debian $release"
  mkdir -p "$image"
  debootstrap --variant=minbase --include=ca-certificates,libstdc++6 "$release" "$image" >"$image.debootstrap.log"
fi
# Node as the base image has it, in /usr/local. npm needs the registry settings and certificates of this machine.
node=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
say "Node $(node --version)"
mkdir -p "$image/usr/local/bin" "$image/usr/local/lib/node_modules"
cp "$node/bin/node" "$image/usr/local/bin/node"
cp -a "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$image/usr/local/lib/node_modules/"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$image/usr/local/bin/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$image/usr/local/bin/npx"
chroot "$image" /usr/bin/env id node >/dev/null 2>&1 || chroot "$image" useradd --uid 1000 --user-group --create-home node

rm -rf "$image/app" "$image/build"
if [ -z "$built" ]; then
  say 'stage 1: install, build, leave out what is not needed'
  mkdir "$image/build"
  git -C "$here" archive HEAD | tar -x -C "$image/build"
  [ ! -e "$here/.npmrc" ] || cp "$here/.npmrc" "$image/build/"
  [ ! -e /etc/resolv.conf ] || cp /etc/resolv.conf "$image/etc/resolv.conf"
  [ ! -e /etc/hosts ] || cp /etc/hosts "$image/etc/hosts"
  cp -a /etc/ssl/certs/. "$image/etc/ssl/certs/"
  [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || cp "$NODE_EXTRA_CA_CERTS" "$image/extra-ca.pem"
  npm config get registry >"$image/registry"
  # The very lines of the Dockerfile: what is tried is what is written there.
  steps=$(awk '/^FROM .* AS build/ {on=1; next} /^FROM / {on=0} on && /^RUN /,!/\\$/ {print}' "$here/container/Dockerfile" | sed 's/^RUN //')
  unshare --mount --fork sh -eu -c '
  mount --bind /dev "$1/dev"; mount -t proc proc "$1/proc"
  [ ! -e "$1/extra-ca.pem" ] || export NODE_EXTRA_CA_CERTS=/extra-ca.pem
  chroot "$1" /usr/bin/env npm_config_registry="$(cat "$1/registry")" HOME=/root PATH=/usr/local/bin:/usr/bin:/bin sh -eu -c "cd /build; $2"
  ' sh "$image" "$steps" >"$image.build.log" 2>&1 || { tail -40 "$image.build.log"; exit 1; }
fi

say 'stage 2: copy what the image holds'
mkdir "$image/app"
awk '/^FROM / {stage++} stage == 2 && /^COPY --from=build/ {for (i = 3; i < NF; i++) print $i, $NF}' "$here/container/Dockerfile" |
  while read -r from to; do
    source="$image/build/${from#/app/}"
    [ -z "$built" ] || source="$here/${from#/app/}"
    case $to in */) target="$image/app/${to#./}$(basename "$from")" ;; *) target="$image/app/${to#./}" ;; esac
    mkdir -p "$(dirname "$target")"
    cp -al "$source" "$target" 2>/dev/null || cp -a "$source" "$target"
  done
rm -rf "$image/build"
mkdir -p "$image/models" && chown 1000:1000 "$image/models" && chmod 700 "$image/models"
say "the image holds $(du -sm "$image/app" | cut -f1) MB of /app"

say 'run: user node, read-only tree, no network'
openssl rand -hex 32 >"$image/token" && chmod 644 "$image/token"
unshare --mount --net --fork sh -eu -c '
  ip link set lo up 2>/dev/null || true
  mount --bind "$1" "$1"; mount --bind "$1/models" "$1/models"
  mount -o remount,bind,ro "$1"
  mount --bind /dev "$1/dev"; mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/tmp"
  exec chroot --userspec=1000:1000 "$1" /usr/bin/env -i HOME=/home/node PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production H2OVL_HOME=/models H2OVL_OFFLINE=1 \
    H2OVL_MODEL=nano H2OVL_TOKEN_FILE=/token sh -eu -c "
      cd /app
      echo \"as: \$(id -un); the tree: \$(touch /app/x 2>/dev/null && echo writable || echo read-only)\"
      node packages/cli/dist/main.js doctor || exit 1
      node packages/cli/dist/main.js read packages/nano/samples/00-read.png >/tmp/read.txt
      echo \"read \$(wc -c </tmp/read.txt) bytes\"
      node packages/cli/dist/main.js lines packages/nano/samples/00-read.png >/tmp/lines.txt
      echo \"read \$(wc -l </tmp/lines.txt) lines without a model\"
      node packages/cli/dist/main.js serve --host 0.0.0.0 --token-file /token --allowed-host h2ovl 2>/tmp/serve.log &
      server=\$!
      for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        node container/health.mjs && break
        sleep 1
      done
      node container/health.mjs && echo health: 0
      kill -TERM \$server
      wait \$server && echo \"stopped: 0\"
    "
' sh "$image"
say 'done'
