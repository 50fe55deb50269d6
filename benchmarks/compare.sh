#!/usr/bin/env bash
# Runs the library and the Python prototype in turn on one network and one image, to a gap, and prints both medians and their ratio.
# usage: benchmarks/compare.sh PROTOTYPE_DIR NETWORK_DIR [IMAGE] [GAP] [RUNS]   (PROTOTYPE_DIR holds branch_and_bound.py)
set -euo pipefail
[ $# -ge 2 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
prototype=$(cd "$1" && pwd)
network=$(cd "$2" && pwd)
image=${3:-0} gap=${4:-0.01} runs=${5:-5}
python=${PYTHON:-/usr/bin/python3}
cd "$root"
bash eng/restore.sh
dotnet build benchmarks/RobustPruning.Benchmarks -c Release --no-restore -nologo -v q >&2
program=$(find artifacts/bin/RobustPruning.Benchmarks -name RobustPruning.Benchmarks.dll | head -1)
library=() reference=()
field() { sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p"; }
for ((run = 0; run < runs; run++)); do
  line=$(dotnet "$program" tightness "$network" --image "$image" --gap "$gap")
  echo "library   $line"
  library+=("$(field seconds <<<"$line")")
  line=$("$python" "$prototype/branch_and_bound.py" "$network" 0.02 2 "$image" "$gap" 2 1000 | tail -1)
  echo "prototype $line"
  reference+=("$(field wall <<<"$line")")
done
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
ours=$(median "${library[@]}") theirs=$(median "${reference[@]}")
awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "medians: library %.3f s, prototype %.2f s, %.1f times as fast\n", a, b, b / a }'
