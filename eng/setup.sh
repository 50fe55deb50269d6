#!/usr/bin/env bash
# Decides where TorchSharp comes from, prepares it, and says so in one line. A second run finds everything done.
#   ROBUSTPRUNING_ENGINE=package|system   asks for one of the two; by default the package is preferred.
#   --again                               asks the package index again instead of keeping the earlier decision.
#   LIBTORCH=DIR                          the stand-in uses this libtorch (headers and libraries) instead of Debian's.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
props=$root/artifacts/engine.props
wanted=${ROBUSTPRUNING_ENGINE:-auto}
version=$(sed -n 's/.*Include="TorchSharp" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")

case $wanted in auto | package | system) ;; *)
  echo "setup: ROBUSTPRUNING_ENGINE is '$wanted'; it takes package or system" >&2
  exit 2 ;;
esac

property() { sed -n "s/.*<$1>\(.*\)<\/$1>.*/\1/p" "$props" 2>/dev/null || true; }

choose() {
  printf '<Project>\n  <PropertyGroup>\n    <TorchEngine>%s</TorchEngine>\n    <TorchEngineReason>%s</TorchEngineReason>\n    <TorchEngineVersion>%s</TorchEngineVersion>\n  </PropertyGroup>\n</Project>\n' \
    "$1" "$2" "$version" >"$props.tmp"
  mv "$props.tmp" "$props"
}

# Restores the named packages into the machine's package folder. An index may answer "not found" now and then for a package that it
# has, so it is asked three times.
restores() {
  local probe tries name
  probe=$(mktemp -d)
  cp "$root/nuget.config" "$probe/"
  {
    echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup><ItemGroup>'
    for name in "$@"; do echo "<PackageReference Include=\"$name\" Version=\"[$version]\" />"; done
    echo '</ItemGroup></Project>'
  } >"$probe/probe.csproj"
  for tries in 1 2 3; do
    if dotnet restore "$probe/probe.csproj" -v q >/dev/null 2>&1; then
      rm -rf "$probe"
      return 0
    fi
    sleep "$tries"
  done
  rm -rf "$probe"
  return 1
}

# What the package's native library needs and this system's C and C++ libraries lack, if anything.
lacking() {
  local packages library
  command -v ldd >/dev/null || return 0
  packages=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
  for library in "$packages/torchsharp/$version/runtimes/linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')"/native/*.so; do
    [ -f "$library" ] || { echo "a build for $(uname -m)"; continue; }
    ldd "$library" 2>&1 | sed -n "s/.*version \`\(.*\)' not found.*/\1/p"
  done | sort -u | head -1
}

# Sets engine and reason. The package is preferred, but it must load, not only restore.
find_engine() {
  local lack
  engine=system
  if ! restores TorchSharp; then
    reason="the package TorchSharp $version does not restore here"
  elif lack=$(lacking) && [ -n "$lack" ]; then
    reason="the package TorchSharp $version restores but does not load here: it needs $lack"
  elif ! restores TorchSharp TorchSharp-cpu; then
    reason="the package TorchSharp-cpu $version does not restore here"
  else
    engine=package
    reason="it restores and loads here"
  fi
}

missing_packages() {
  local name
  for name in g++ ${LIBTORCH:+-} libopenblas0-openmp libtorch-dev; do
    [ "$name" = - ] && break # LIBTORCH replaces Debian's libtorch and what it needs
    [ "$name" = g++ ] && command -v g++ >/dev/null && continue
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

install_missing() {
  local names run=()
  names=$(missing_packages | tr '\n' ' ')
  [ -z "${names// /}" ] && return 0
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run=(sudo -n); else
      echo "setup: $reason, and apt is not allowed here; have an administrator run: apt-get install $names" >&2
      exit 1
    fi
  fi
  if ! command -v apt-get >/dev/null; then
    echo "setup: $reason, and there is no apt-get; install g++, OpenBLAS and libtorch, and name its folder in LIBTORCH" >&2
    exit 1
  fi
  echo "setup: installing $names" >&2
  # shellcheck disable=SC2086 # a list of names
  if ! { "${run[@]}" apt-get update && "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $names; } >"$root/artifacts/apt.log" 2>&1; then
    tail -5 "$root/artifacts/apt.log" >&2
    echo "setup: apt failed (artifacts/apt.log); have an administrator run: apt-get install $names" >&2
    exit 1
  fi
}

mkdir -p "$root/artifacts"
engine=$(property TorchEngine)
reason=$(property TorchEngineReason)

# A decision holds for one version of the package; this one may have changed.
if [ "${1:-}" = --again ] || [ "$(property TorchEngineVersion)" != "$version" ]; then engine=; fi
if [ "$wanted" != auto ]; then
  engine=$wanted
  reason="ROBUSTPRUNING_ENGINE asks for it"
elif [ -z "$engine" ] || [ "$reason" = "ROBUSTPRUNING_ENGINE asks for it" ]; then
  find_engine
fi

name="the package TorchSharp $version"
if [ "$engine" = system ]; then
  install_missing
  bash "$root/eng/build-shim.sh" >"$root/artifacts/shim.log" || { cat "$root/artifacts/shim.log" >&2; exit 1; }
  name="the stand-in over ${LIBTORCH:+the libtorch in $LIBTORCH}"
  [ -n "${LIBTORCH:-}" ] || name="$name""the system's libtorch $(dpkg-query -W -f '${Version}' libtorch-dev 2>/dev/null)"
fi
[ "$(property TorchEngine)|$(property TorchEngineReason)|$(property TorchEngineVersion)" = "$engine|$reason|$version" ] || choose "$engine" "$reason"
echo "engine: $name, because $reason"
