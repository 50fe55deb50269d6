#!/usr/bin/env bash
# Restores the solution. A package index may answer "not found" now and then for a package that it has, so it is asked again.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/artifacts"
for tries in 1 2 3 4; do
  if dotnet restore "$root/RobustPruning.sln" -v q >"$root/artifacts/restore.log" 2>&1; then
    exit 0
  fi
  sleep "$tries"
done
cat "$root/artifacts/restore.log" >&2
exit 1
