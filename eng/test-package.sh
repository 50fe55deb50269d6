#!/usr/bin/env bash
# Packs the library and uses it as a user does: a new console project outside the repository that takes the package from a folder, with the
# README's first C# example as its program. Prints one line.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
version=0.0.1-test.$(date +%s)
work=$(mktemp -d)
packages=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
trap 'rm -rf "$work" "${packages:?}/robustpruning/$version"' EXIT

fail() {
  echo "test-package: $1" >&2
  cat "$work/log" >&2
  exit 1
}

dotnet pack src/RobustPruning -c Release -nologo -v q -p:Version="$version" -o "$work/feed" >"$work/log" 2>&1 || fail "packing failed"

mkdir "$work/user"
cd "$work/user"
awk '/^```csharp/ { inside = 1; next } /^```/ && inside { exit } inside' "$root/README.md" >Program.cs
cat >nuget.config <<'XML'
<configuration><packageSources><add key="feed" value="../feed" /></packageSources></configuration>
XML
libtorch=$(sed -n 's/.*Include="libtorch-cpu-linux-x64" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")
platform=$(dotnet --info | sed -n 's/^ *RID: *//p' | head -1)
case $platform in win-* | osx-*) ;; *) platform=linux-${platform##*-} ;; esac # a distribution's own SDK says ubuntu.24.04-x64
cat >User.csproj <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <NuGetAudit>false</NuGetAudit>
    <TorchSharpOnOlderLinux>auto</TorchSharpOnOlderLinux>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="RobustPruning" Version="$version" />
    <PackageReference Include="libtorch-cpu-$platform" Version="$libtorch" />
  </ItemGroup>
</Project>
XML
for tries in 1 2 3 4; do
  dotnet restore -v q >"$work/log" 2>&1 && break
  [ "$tries" -lt 4 ] || fail "the user's project does not restore"
  sleep "$tries"
done
dotnet build -c Release --no-restore -nologo -v q >"$work/log" 2>&1 || fail "the user's project does not build"
dotnet run -c Release --no-build >"$work/log" 2>&1 || fail "the user's program failed"
grep -q "certified" "$work/log" || fail "the user's program printed no verdicts"
echo "The README's first example, run from the package: $(tail -1 "$work/log")"
