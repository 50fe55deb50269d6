#!/usr/bin/env bash
# Runs every test from a fresh clone: "dotnet test" of the solution, then a project outside the repository that uses the packages, then the
# docs as a site without a broken link.
# The last line reads "N passed, N failed, N skipped"; what was skipped is named above it.
set -euo pipefail
cd "$(dirname "$0")/.."
bash eng/onnx-testdata.sh
bash eng/restore.sh
dotnet build RobustPruning.sln -c Release --no-restore -nologo -v q -p:RequirePublicApiLists=true
results=artifacts/test-results
rm -rf "$results"
status=0
dotnet test RobustPruning.sln -c Release --no-build -nologo --logger trx --results-directory "$results" || status=$?

# The sum of a counter over all result files: <Counters total="3" executed="2" passed="2" failed="0" ... />
count() { cat "$results"/*.trx 2>/dev/null | sed -n "s/.*<Counters .*\b$1=\"\([0-9]*\)\".*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'; }
passed=$(count passed)
failed=$(count failed)
skipped=$(($(count total) - passed - failed))
if [ "$passed" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; }; then
  echo "test: the test run itself failed (exit $status)" >&2
  exit 1
fi
for script in test-package docs; do
  if bash eng/$script.sh; then passed=$((passed + 1)); else failed=$((failed + 1)) status=1; fi
done

if [ "$skipped" -gt 0 ]; then
  echo "Skipped, and why:"
  cat "$results"/*.trx | grep -oE 'skipped: [^<&"]*' | sort | uniq -c | sort -rn
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
