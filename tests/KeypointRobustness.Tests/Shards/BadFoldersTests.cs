namespace KeypointRobustness.Tests.Shards;

/// <summary>
/// A full disk, a folder that cannot be written, and one that vanishes: on file systems of the test's own, in a namespace of its own.
/// </summary>
[TestFixture]
internal sealed class BadFoldersTests
{
    private CertifiedSet _set = null!;

    [OneTimeSetUp]
    public async Task Train()
    {
        if (!OperatingSystem.IsLinux()
            || (await AppProcess.RunProgram("sh", ["-c", "unshare --user --map-root-user --mount mount -t tmpfs none /mnt"])).Code != 0)
            Assert.Ignore("skipped: file systems of its own are not allowed here.");
        _set = await CertifiedSet.Create();
    }

    [OneTimeTearDown]
    public void Delete() => _set?.Dispose();

    [Test]
    public async Task AFullDiskIsOneLineAndNothingIsHalfWritten()
    {
        // After the first run, files are listed; with room again, the same command goes on to the whole.
        var (code, output, error) = await InNamespace("disk", $"""
            mount -t tmpfs -o size=300k none DISK
            APP; echo "code $?"
            ls DISK/out/results | grep -c json; find DISK -name '*.tmp' | wc -l
            mount -o remount,size=50m DISK
            APP >/dev/null 2>&1; echo "code $?"
            cp -r DISK/out {_set.File("recovered")}
            """);
        Assert.That(code, Is.Zero, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(
            lines.Where(line => line.StartsWith("code", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "code 2", "code 0" }),
            output + error);
        var first = Array.IndexOf(lines, "code 2");
        Assert.That(int.Parse(lines[first + 1]), Is.InRange(1, 11));
        Assert.That(lines[first + 2], Is.EqualTo("0"));
        Assert.That(error.Trim(), Does.Match("^error: Cannot write .*No space left on device.*$").And.Not.Contain("\n"));
        Assert.That((await AppProcess.Run(_set.Certify("whole"))).Code, Is.Zero);
        _set.RequireSame("recovered", "whole");
    }

    [Test]
    public async Task AFolderThatCannotBeWrittenIsOneLine()
    {
        var (_, output, error) = await InNamespace("readonly", """
            mount -t tmpfs -o ro none DISK
            APP; echo "code $?"
            """);
        Assert.That(output, Does.Contain("code 2"));
        Assert.That(error.Trim(), Does.Match("^error: Cannot write .*[Rr]ead-only.*$").And.Not.Contain("\n"));
    }

    [Test]
    public async Task AFileAboveTheLimitIsOneLineAndNothingIsHalfWritten()
    {
        // The runtime maps its code from a file, which the limit is not meant for.
        var (_, output, error) = await InNamespace("limit", """
            export DOTNET_EnableWriteXorExecute=0
            (ulimit -f 8; APP; echo "code $?")
            find DISK -name '*.tmp' | wc -l
            APP >/dev/null 2>&1; echo "code $?"
            """);
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(new[] { "code 2", "0", "code 0" }), error);
        Assert.That(error.Trim(), Does.Match("^error: Cannot write .*[Ff]ile.*$").And.Not.Contain("\n"));
    }

    [Test]
    public async Task AFolderThatVanishesIsOneLineAndNothingIsWrittenBelowIt()
    {
        var (_, output, error) = await InNamespace("vanishing", $"""
            mount -t tmpfs none DISK
            APP >/dev/null & app=$!
            while ! ls DISK/out/results/*.json >/dev/null 2>&1; do sleep 0.05; done
            mount --move DISK {_set.File("elsewhere")}
            wait $app; echo "code $?"
            ls DISK | wc -l
            mount --move {_set.File("elsewhere")} DISK
            APP >/dev/null 2>&1; echo "code $?"
            ls DISK/out/results | grep -c json
            """);
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(new[] { "code 2", "0", "code 0", "12" }), error);
        Assert.That(error.Trim(), Does.Match("^error: Folder .* has vanished: .*$").And.Not.Contain("\n"));
    }

    /// <summary>Runs a script in a namespace where it may mount; DISK is a folder, and APP certifies into it.</summary>
    private async Task<(int Code, string Output, string Error)> InNamespace(string name, string script)
    {
        Directory.CreateDirectory(_set.File("elsewhere"));
        Directory.CreateDirectory(_set.File(name));
        var command = string.Join(
            ' ',
            new[] { "dotnet", "exec", AppProcess.Path }.Concat(_set.Certify(name + "/out")).Select(word => $"'{word}'"));
        return await AppProcess.RunProgram(
            "unshare",
            [
                "--user", "--map-root-user", "--mount", "--propagation", "private", "bash", "-c",
                script.Replace("APP", command).Replace("DISK", _set.File(name)),
            ]);
    }
}
