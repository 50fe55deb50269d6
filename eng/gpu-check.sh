#!/usr/bin/env bash
# Publishes benchmarks/RobustPruning.Gpu.Check for Linux as one file that needs no .NET where it runs, with a script that runs it:
#   bash eng/gpu-check.sh [FOLDER WITH THE SMALL32 NETWORK] -> artifacts/gpu-check/run.sh
# Carry the folder artifacts/gpu-check to a machine with an NVIDIA GPU and its driver, and start run.sh there. It prints whether the GPU's bounds are those
# of the CPU, and seconds, for the network of the folder and for a full CNN7. "run.sh --emulator" runs the kernels on the CPU, on a smaller CNN7.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/artifacts/gpu-check
rm -rf "$out"
dotnet publish benchmarks/RobustPruning.Gpu.Check -c Release -r linux-x64 --self-contained -nologo -v q -m:1 \
  -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=false -p:DebugType=none -p:GenerateDocumentationFile=false -o "$out"

# Nothing computes on tensors there.
find "$out" -name '*.so' -delete
find "$out" -name '*.xml' -delete
[ $# -eq 0 ] || cp -rL "$1" "$out/small32"
cat >"$out/run.sh" <<'RUN'
#!/usr/bin/env bash
set -uo pipefail
cd "$(dirname "$0")"
check=./RobustPruning.Gpu.Check
if [ "${1:-}" = --emulator ]; then
  [ ! -d small32 ] || $check --emulator --network small32 --boxes 2 --half-width 0.004 || exit 1
  exec $check --emulator --share 0.25 --boxes 2 --half-width 0.0005
fi
status=0
[ ! -d small32 ] || $check --network small32 --boxes 8 --half-width 0.004 || status=1
for half in 0.0005 0.002; do
  $check --cnn7 32 --boxes 4 --half-width $half || status=1
done
exit $status
RUN
chmod +x "$out/run.sh"
du -sh "$out"
