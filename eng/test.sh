#!/usr/bin/env bash
# Sets up, builds and runs every test. The last line reads "N passed, N failed".
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
bash eng/setup.sh
bash eng/onnx-testdata.sh
bash eng/restore.sh
dotnet build RobustPruning.sln -c Release --no-restore -nologo -v q
log=artifacts/test.log
status=0
dotnet test RobustPruning.sln -c Release --no-build -nologo 2>&1 | tee "$log" || status=$?
count() { sed -n "s/.*$1: *\([0-9]*\),.*/\1/p" "$log" | awk '{ sum += $1 } END { print sum + 0 }'; }
passed=$(count Passed)
failed=$(count Failed)
if [ "$passed" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; }; then
  echo "test: the test run itself failed (exit $status)" >&2
  exit 1
fi
echo "$passed passed, $failed failed"
exit "$status"
