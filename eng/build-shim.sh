#!/usr/bin/env bash
# Builds artifacts/native/libtorchshim.so, the C interface over libtorch that src/TorchSharp.SystemTorch calls.
#   LIBTORCH=folder   a libtorch of your own (include/ and lib/ inside); otherwise the system's (Debian: libtorch-dev)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source_file=$root/src/TorchSharp.SystemTorch/native/shim.cpp
out=$root/artifacts/native
target=$out/libtorchshim.so
compiler=${CXX:-g++}

flags=(-std=c++17 -O2 -fPIC -shared -fvisibility=hidden -w)
if [ -n "${LIBTORCH:-}" ]; then
  [ -d "$LIBTORCH/include" ] || { echo "LIBTORCH=$LIBTORCH has no folder include/" >&2; exit 1; }
  include=$LIBTORCH/include
  flags+=("-I$include" "-I$include/torch/csrc/api/include")
  link=("-L$LIBTORCH/lib" "-Wl,-rpath,$LIBTORCH/lib")
  # Which of the two ABIs of std::string this libtorch was built with.
  abi=$(grep -oE '_GLIBCXX_USE_CXX11_ABI=[01]' "$LIBTORCH/share/cmake/Torch/TorchConfig.cmake" 2>/dev/null | head -n 1 || true)
  [ -z "$abi" ] || flags+=("-D$abi")
else
  include=/usr/include
  [ -f "$include/torch/version.h" ] || [ -f "$include/torch/csrc/api/include/torch/version.h" ] || {
    echo "No libtorch found. On Debian: apt-get install libtorch-dev libopenblas0-openmp. Or set LIBTORCH." >&2; exit 1; }
  flags+=("-I$include/torch/csrc/api/include")
  link=()
fi
link+=(-Wl,--no-as-needed -ltorch -ltorch_cpu -lc10)
if [ -n "${LIBTORCH:-}" ] && [ -f "$LIBTORCH/lib/libtorch_cuda.so" ]; then link+=(-ltorch_cuda -lc10_cuda); fi

stamp=$(cat "$source_file" "${BASH_SOURCE[0]}" "$include/torch/csrc/api/include/torch/version.h" - <<<"${LIBTORCH:-system} $compiler" | sha256sum)
if [ -f "$target" ] && [ "$(cat "$target.stamp" 2>/dev/null)" = "$stamp" ]; then
  echo "shim: up to date"
  exit 0
fi

mkdir -p "$out"
draft=$(mktemp "$out/shim.XXXXXX")
trap 'rm -f "$draft"' EXIT
echo "shim: compiling"
"$compiler" "${flags[@]}" "$source_file" -o "$draft" "${link[@]}"
chmod 755 "$draft"
mv "$draft" "$target"
echo "$stamp" >"$target.stamp"
echo "shim: built artifacts/native/libtorchshim.so"
