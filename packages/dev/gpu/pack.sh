#!/bin/sh
# Packs what a bare x86-64 Linux machine with a GPU and without a network needs to run `gpu-trial`: node, the developer tools in one file, the native
# libraries, and Debian's Vulkan loader for machines without one. Usage: sh packages/dev/gpu/pack.sh FOLDER   (about 38 MB; a minute of compression)
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
out=$1
mkdir -p "$out/gl"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
modules=$stage/app/node_modules
mkdir -p "$modules/onnxruntime-node/bin/napi-v6/linux/x64" "$modules/@koromix" "$modules/@img"

"$root/node_modules/.bin/esbuild" "$root/packages/dev/src/main.ts" --bundle --platform=node --format=esm --target=node20 --log-level=warning \
  --conditions=@h2ovl/source --external:sharp --outfile="$stage/app/main.mjs" \
  --banner:js="import{createRequire as __r}from'node:module';const require=__r(import.meta.url);"
ort=$root/node_modules/onnxruntime-node
cp "$ort/package.json" "$modules/onnxruntime-node/"
cp "$ort"/bin/napi-v6/linux/x64/libonnxruntime.so.1 "$ort"/bin/napi-v6/linux/x64/onnxruntime_binding.node "$modules/onnxruntime-node/bin/napi-v6/linux/x64/"
cp -r "$root/node_modules/@koromix/koffi-linux-x64" "$modules/@koromix/"
for name in sharp detect-libc semver; do cp -r "$root/node_modules/$name" "$modules/"; done
for name in colour sharp-linux-x64 sharp-libvips-linux-x64; do cp -r "$root/node_modules/@img/$name" "$modules/@img/"; done

if [ ! -f "$out/node.xz" ]; then
  cp "$(command -v node)" "$stage/node"
  strip -s "$stage/node" 2>/dev/null || true
  xz -9 -c "$stage/node" > "$out/node.xz"
fi
# Each package is looked up for its version.
for name in contract core nano dev; do mkdir -p "$modules/@h2ovl/$name"; cp "$root/packages/$name/package.json" "$modules/@h2ovl/$name/"; done
tar -C "$stage" -cf - app | xz -9 -T2 -c > "$out/app.tar.xz"
cp "$root/packages/dev/gpu/run.sh" "$out/"
(cd "$out/gl" && apt-get download -q libvulkan1 libegl1 libglvnd0 libopengl0 libgl1 libglx0 libgles2 libx11-6 libxcb1 libxau6 libxdmcp6 libbsd0 libmd0 libxext6 >/dev/null 2>&1 && for file in *%*; do [ ! -e "$file" ] || mv "$file" "$(echo "$file" | sed 's/%3a/-/')"; done) || echo "no .debs: the machine must have a Vulkan loader"
du -sh "$out"
