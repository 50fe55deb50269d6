#!/usr/bin/env bash
# Sets up, then shows the whole method on aircraft scenes: train, prune, certify, report in artifacts/demo.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
bash eng/setup.sh
bash eng/restore.sh
dotnet build samples/KeypointRobustness -c Release --no-restore -nologo -v q
exec dotnet run -c Release --no-build --project samples/KeypointRobustness -- demo --out artifacts/demo "$@"
