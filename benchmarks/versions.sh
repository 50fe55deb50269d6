#!/usr/bin/env bash
# Runs the same commands in two checkouts in turn, A B A B ..., and prints the median wall, processor and kernel seconds and the peak memory.
# Both must be built (dotnet build -c Release). Needs /usr/bin/time.
# usage: benchmarks/versions.sh OTHER_CHECKOUT RUNS NETWORK_DIR...   (networks as "tightness" reads them)
set -euo pipefail
[ $# -ge 2 ] || { sed -n '4s/^# //p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
other=$(cd "$1" && pwd)
runs=$2
shift 2
log=$(mktemp)
trap 'rm -f "$log" "$log".*' EXIT

# One run of an app of a checkout: its figures go to a file, what it prints to the log.
once() {
  local file=$1 checkout=$2 app=$3
  shift 3
  /usr/bin/time -f "%e %U %S %M" -a -o "$file" "$checkout/artifacts/bin/$app/release/$app" "$@" >>"$log" 2>&1 || { tail -3 "$log" >&2; exit 1; }
}

median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

row() { awk "{ print $2 }" "$1" | median; }

compare() {
  local name=$1
  shift
  rm -f "$log".other "$log".here
  for ((run = 0; run < runs; run++)); do
    once "$log".other "$other" "$@"
    once "$log".here "$here" "$@"
  done
  for side in other here; do
    printf '%-28s %-6s wall %7.2f s  processor %7.2f s  kernel %6.2f s  peak %6.0f MiB\n' "$name" "$side" \
      "$(row "$log".$side '$1')" "$(row "$log".$side '$2 + $3')" "$(row "$log".$side '$3')" "$(row "$log".$side '$4 / 1024')"
  done
}

compare "start-up (--help)" KeypointRobustness --help
for network in "$@"; do
  compare "tightness $(basename "$network")" RobustPruning.Benchmarks tightness "$network" --gap 0.01
done
compare "losses, quarter width" RobustPruning.Benchmarks losses --runs 3
compare "losses, full width" RobustPruning.Benchmarks losses --width 1 --runs 1 --images 8 --samples 4
