#!/bin/sh
# Unpacks the pack beside this script, finds the Vulkan driver, and starts the trial. Usage: sh run.sh REPOSITORY [options of gpu-trial]
# With GPU_ROOT (default gpu-trial in the folder for temporary files) unpacked already, as on a machine that is still warm, nothing is unpacked again.
here=$(cd "$(dirname "$0")" && pwd)
repository=$1
shift
root=${GPU_ROOT:-${TMPDIR:-/tmp}/gpu-trial}
started=$(date +%s)
if [ ! -x "$root/node" ] || [ ! -f "$root/app/main.mjs" ]; then
  mkdir -p "$root"
  if command -v xz >/dev/null; then
    xz -dc "$here/node.xz" > "$root/node" &
    xz -dc "$here/app.tar.xz" | tar -xf - -C "$root" &
    wait
  else
    python3 -c "import lzma,shutil,tarfile;shutil.copyfileobj(lzma.open('$here/node.xz'),open('$root/node','wb'));tarfile.open('$here/app.tar.xz').extractall('$root')"
  fi
  chmod +x "$root/node"
fi
if ! ldconfig -p | grep -q 'libvulkan\.so\.1'; then
  for file in "$here"/gl/*.deb; do dpkg -x "$file" "$root/gl"; done
  export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$root/gl/usr/lib/x86_64-linux-gnu"
  echo "the Vulkan loader comes from the pack"
elif ! ldconfig -p | grep -q 'libX11\.so\.6' || ! ldconfig -p | grep -q 'libXext\.so\.6'; then
  for file in "$here"/gl/libx*.deb "$here"/gl/libbsd*.deb "$here"/gl/libmd*.deb; do dpkg -x "$file" "$root/gl"; done
  export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$root/gl/usr/lib/x86_64-linux-gnu"
  echo "the X client libraries come from the pack"
fi
if [ -d /usr/local/nvidia/lib64 ] && ! ldconfig -p | grep -q 'lib[GE][LG][XL]_nvidia\.so\.0'; then
  export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64:/usr/local/nvidia/lib"
fi
export H2OVL_RUNTIME=ffi XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/tmp}" H2OVL_HOME="${H2OVL_HOME:-$root/home}" GPU_STAGE='{"places":{},"size":{}}'
echo "unpacked in $(($(date +%s) - started)) s, node $("$root/node" --version)"
for driver in "${VK_DRIVER_FILES:-/none}" /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd.json /etc/vulkan/icd.d/nvidia_icd.json ""; do
  [ -n "$driver" ] && [ ! -e "$driver" ] && continue
  if [ -n "$driver" ]; then export VK_DRIVER_FILES="$driver" VK_ICD_FILENAMES="$driver"; else unset VK_DRIVER_FILES VK_ICD_FILENAMES; fi
  if timeout 90 "$root/node" "$root/app/main.mjs" gpu-stage device > "$root/device.txt" 2>&1; then found=1; break; fi
  echo "no GPU with '${driver:-the loader's choice}': $(tail -n 3 "$root/device.txt" | cut -c1-300 | tr '\n' ' ')"
done
[ -n "${found:-}" ] || { nvidia-smi | head -15; ldconfig -p | grep -i 'nvidia\|vulkan' | head; }
echo "driver ${driver:-the loader's choice} after $(($(date +%s) - started)) s"
exec "$root/node" "$root/app/main.mjs" gpu-trial --out "${OUT:-$root/out}" --work "$root/work" \
  --references "$repository/packages/core/test/golden/reference" --nano "$repository/packages/nano" "$@"
