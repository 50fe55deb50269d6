#!/usr/bin/env bash
# Installs the ONNX project's operator tests and its checker, which the tests of RobustPruning.Onnx use where they are there. Without apt, or
# without the right to use it, those tests are skipped, so that nothing here fails.
set -euo pipefail
names=(libonnx-testdata python3-onnx)
missing=()
command -v apt-get >/dev/null || exit 0
for name in "${names[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

run=()
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run=(sudo -n); else
    echo "onnx-testdata: apt is not allowed here, so the tests that need ${missing[*]} are skipped" >&2
    exit 0
  fi
fi
echo "onnx-testdata: installing ${missing[*]}" >&2
install() { "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1; }
install || { "${run[@]}" apt-get update >/dev/null 2>&1 && install; } \
  || echo "onnx-testdata: apt failed, so the tests that need ${missing[*]} are skipped" >&2
