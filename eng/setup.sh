#!/usr/bin/env bash
# Decides where TorchSharp comes from, prepares it, and says so in one line. A second run finds everything done.
#   ROBUSTPRUNING_ENGINE=package|system   asks for one of the two; by default the package is preferred.
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

chosen() { sed -n 's/.*<TorchEngine>\(.*\)<\/TorchEngine>.*/\1/p' "$props" 2>/dev/null || true; }

choose() {
  mkdir -p "$root/artifacts"
  printf '<Project>\n  <PropertyGroup>\n    <TorchEngine>%s</TorchEngine>\n  </PropertyGroup>\n</Project>\n' "$1" >"$props.tmp"
  mv "$props.tmp" "$props"
}

# True if the genuine package and its libtorch restore. An index may answer "not found" now and then, so it is asked three times.
package_restores() {
  local probe tries
  probe=$(mktemp -d)
  cat >"$probe/probe.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="TorchSharp" Version="[$version]" />
    <PackageReference Include="TorchSharp-cpu" Version="[$version]" />
  </ItemGroup>
</Project>
PROJECT
  cp "$root/nuget.config" "$probe/"
  for tries in 1 2 3; do
    if dotnet restore "$probe/probe.csproj" -v q >"$probe/log" 2>&1; then
      rm -rf "$probe"
      return 0
    fi
    sleep 1
  done
  rm -rf "$probe"
  return 1
}

missing_packages() {
  local name
  for name in g++ libopenblas0-openmp ${LIBTORCH:+-} libtorch-dev; do
    [ "$name" = - ] && break # LIBTORCH replaces Debian's libtorch
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
      echo "setup: TorchSharp $version does not restore and apt is not allowed here; have an administrator run: apt-get install $names" >&2
      exit 1
    fi
  fi
  if ! command -v apt-get >/dev/null; then
    echo "setup: TorchSharp $version does not restore and there is no apt-get; install g++, OpenBLAS and libtorch, and name its folder in LIBTORCH" >&2
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
before=$(chosen)
if [ -n "$before" ] && { [ "$wanted" = auto ] || [ "$wanted" = "$before" ]; }; then
  engine=$before
elif [ "$wanted" != auto ]; then
  engine=$wanted
elif package_restores; then
  engine=package
else
  engine=system
fi

if [ "$engine" = system ]; then
  install_missing
  bash "$root/eng/build-shim.sh" >&2
  from=${LIBTORCH:+the libtorch in $LIBTORCH}
  from=${from:-the system\'s libtorch $(dpkg-query -W -f '${Version}' libtorch-dev 2>/dev/null)}
  why="the package TorchSharp $version does not restore here"
  [ "$wanted" = system ] && why="ROBUSTPRUNING_ENGINE asks for it"
  line="engine: the stand-in over $from, because $why"
else
  why="it restores here"
  [ "$wanted" = package ] && why="ROBUSTPRUNING_ENGINE asks for it"
  line="engine: the package TorchSharp $version, because $why"
fi
[ "$before" = "$engine" ] || choose "$engine"
echo "$line"
