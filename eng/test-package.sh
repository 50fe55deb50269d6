#!/usr/bin/env bash
# Packs all packages and uses them as a user does, in new projects outside the repository that take them from a folder: a console program, the
# README's first C# example; an NUnit project, samples/CertifiedBuild; and the app as a .NET tool. Prints a line for each.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
version=0.0.1-test.$(date +%s)
work=$(mktemp -d)
packages=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
trap 'rm -rf "$work" "${packages:?}"/robustpruning*/"$version"' EXIT

fail() {
  echo "test-package: $1" >&2
  cat "$work/log" >&2
  exit 1
}

for project in src/RobustPruning src/RobustPruning.Data src/RobustPruning.Gpu src/RobustPruning.Onnx samples/KeypointRobustness; do
  dotnet pack "$project" -c Release -nologo -v q -p:Version="$version" -o "$work/feed" >"$work/log" 2>&1 || fail "packing $project failed"
done

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
restore() {
  for tries in 1 2 3 4; do
    dotnet restore -v q >"$work/log" 2>&1 && return
    [ "$tries" -lt 4 ] || fail "the user's $1 does not restore"
    sleep "$tries"
  done
}
restore "project"
dotnet build -c Release --no-restore -nologo -v q >"$work/log" 2>&1 || fail "the user's project does not build"
dotnet run -c Release --no-build >"$work/log" 2>&1 || fail "the user's program failed"
grep -q "certified" "$work/log" || fail "the user's program printed no verdicts"
echo "The README's first example, run from the package: $(tail -1 "$work/log")"

mkdir "$work/tests"
cd "$work/tests"
cp "$root"/samples/CertifiedBuild/*.cs "$work/user/nuget.config" .
version_of() { sed -n "s/.*Include=\"$1\" Version=\"\([^\"]*\)\".*/\1/p" "$root/Directory.Packages.props"; }
cat >Tests.csproj <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <NuGetAudit>false</NuGetAudit>
    <TorchSharpOnOlderLinux>auto</TorchSharpOnOlderLinux>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="RobustPruning.Data" Version="$version" />
    <PackageReference Include="RobustPruning.Gpu" Version="$version" />
    <PackageReference Include="RobustPruning.Onnx" Version="$version" />
    <PackageReference Include="libtorch-cpu-$platform" Version="$libtorch" />
    <PackageReference Include="Microsoft.NET.Test.Sdk" Version="$(version_of Microsoft.NET.Test.Sdk)" />
    <PackageReference Include="NUnit" Version="$(version_of NUnit)" />
    <PackageReference Include="NUnit3TestAdapter" Version="$(version_of NUnit3TestAdapter)" />
    <Using Include="NUnit.Framework" />
  </ItemGroup>
</Project>
XML
cat >PackagesTests.cs <<'CS'
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Gpu;
using RobustPruning.Models;
using RobustPruning.Onnx;
using RobustPruning.Perturbations;

public class PackagesTests
{
    [Test]
    public void ANetworkGoesToOnnxAndBack()
    {
        using var network = Cnn7.Create(new(Channels: 1, Height: 8, Width: 8, Keypoints: 1, WidthMultiplier: 0.05));
        OnnxModel.Save(network.Graph, "network.onnx");
        using var again = OnnxModel.Load("network.onnx");
        Assert.That(again.Graph.Parameters, Is.EqualTo(network.Graph.Parameters));
    }

    [Test]
    public void KernelsOfTheGpuRunOnTheCpu()
    {
        using var network = Cnn7.Create(new(Channels: 1, Height: 8, Width: 8, Keypoints: 1, WidthMultiplier: 0.05));
        using var device = GpuDevice.OpenEmulator();
        using var certifier = new Certifier(network.Graph, SemanticSet.Of(new Brightness(-0.01, 0.01)), 8, new CertifierOptions { Device = device });
        using var image = TorchSharp.torch.rand(1, 8, 8);
        Assert.That(certifier.Certify(image).Certified, Is.EqualTo(1));
    }

    [Test]
    public void DataThatIsNotThereIsRefusedByName() =>
        Assert.That(() => KeypointDataset.Load("no-such-folder"), Throws.InstanceOf<DataException>().With.Message.Contains("no-such-folder"));
}
CS
restore "tests"
dotnet test -c Release --no-restore -nologo >"$work/log" 2>&1 || fail "the user's tests failed"
echo "An NUnit project, from the packages: $(grep -oE 'Passed: +[0-9]+' "$work/log" | tail -1)"

cd "$work"
cp user/nuget.config tool.config
sed -i 's|\.\./feed|feed|' tool.config
for tries in 1 2 3 4; do
  dotnet tool install RobustPruning.Tool --version "$version" --tool-path tool --configfile tool.config >"$work/log" 2>&1 && break
  [ "$tries" -lt 4 ] || fail "the tool does not install"
  sleep "$tries"
done
tool/robustpruning scenes --out scenes >"$work/log" 2>&1 || fail "the tool failed"
[ -s scenes/scene-changes.html ] || fail "the tool wrote nothing"
echo "The tool, installed from its package: robustpruning $(tool/robustpruning --version)"
