#!/usr/bin/env bash
# Restores the solution. A package index may answer "not found" now and then for a package that it has, so it is asked again.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p artifacts
for tries in 1 2 3 4; do
  if dotnet restore RobustPruning.sln -v q >artifacts/restore.log 2>&1; then
    exit 0
  fi
  sleep "$tries"
done
cat artifacts/restore.log >&2
exit 1
