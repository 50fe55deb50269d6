#!/usr/bin/env bash
# Builds the pages of docs/ and the API reference of the packages as a site in artifacts/docs. A broken link fails it. Needs a Release build.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p artifacts
for tries in 1 2 3 4; do
  dotnet tool restore >artifacts/docs.log 2>&1 && break
  [ "$tries" -lt 4 ] || { cat artifacts/docs.log >&2; exit 1; }
  sleep "$tries"
done
[ -f artifacts/bin/RobustPruning.Onnx/release/RobustPruning.Onnx.dll ] || { bash eng/restore.sh; dotnet build RobustPruning.sln -c Release --no-restore -nologo -v q; }
rm -rf artifacts/docs artifacts/docs-api
dotnet docfx docs/docfx.json --warningsAsErrors >artifacts/docs.log 2>&1 || { grep -iE "warning|error" artifacts/docs.log >&2; exit 1; }
echo "docs: $(find artifacts/docs -name '*.html' | wc -l) pages in artifacts/docs"
