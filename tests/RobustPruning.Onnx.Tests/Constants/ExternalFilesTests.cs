using RobustPruning.Onnx.Wire;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests.Constants;

public sealed class ExternalFilesTests
{
    [Test]
    public void ValuesAreReadFromAFileBesideTheModel()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["inner"]);
        float[] values = [9, 1, 2, 3, 4, 9];
        File.WriteAllBytes(folder["inner/weights.bin"], [.. values.SelectMany(BitConverter.GetBytes)]);
        Assert.That(Sum(folder, "inner/weights.bin", "4", "16"), Is.EqualTo(new double[] { 1, 2, 3, 4 }));
        File.WriteAllBytes(folder["weights.bin"], [.. values[2..].SelectMany(BitConverter.GetBytes)]);
        Assert.That(Sum(folder, "weights.bin"), Is.EqualTo(new double[] { 2, 3, 4, 9 }));
    }

    [TestCase("/etc/hostname")]
    [TestCase("../outside.bin")]
    [TestCase("inner/../../outside.bin")]
    [TestCase("inner/../weights.bin")]
    [TestCase("..")]
    [TestCase(".")]
    [TestCase("")]
    public void APlaceOutsideTheFolderIsRefused(string location)
    {
        using var outer = new TemporaryFolder();
        Directory.CreateDirectory(outer["model/inner"]);
        File.WriteAllBytes(outer["outside.bin"], new byte[16]);
        File.WriteAllBytes(outer["model/weights.bin"], new byte[16]);
        Assert.That(() => Load(outer["model"], location), Throws.InstanceOf<OnnxException>().With.Message.Contains("'w'"));
    }

    [Test]
    public void ALinkOutOfTheFolderIsRefused()
    {
        using var outer = new TemporaryFolder();
        Directory.CreateDirectory(outer["model"]);
        Directory.CreateDirectory(outer["elsewhere"]);
        File.WriteAllBytes(outer["elsewhere/weights.bin"], new byte[16]);
        File.CreateSymbolicLink(outer["model/link.bin"], outer["elsewhere/weights.bin"]);
        File.CreateSymbolicLink(outer["model/second.bin"], "link.bin");
        Directory.CreateSymbolicLink(outer["model/folder"], "../elsewhere");
        foreach (var location in new[] { "link.bin", "second.bin", "folder/weights.bin" })
            Assert.That(() => Load(outer["model"], location), Throws.InstanceOf<OnnxException>().With.Message.Contains("link"), location);
    }

    [Test]
    public void ALinkWithinTheFolderIsFollowed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["weights.bin"], new byte[16]);
        File.CreateSymbolicLink(folder["link.bin"], "weights.bin");
        Assert.That(Sum(folder, "link.bin"), Is.EqualTo(new double[4]));
    }

    [Test]
    public void ALinkToItselfIsRefused()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["circle"], "circle");
        File.CreateSymbolicLink(folder["deeper"], "deeper/inner");
        foreach (var location in new[] { "circle", "deeper", "deeper/inner" })
            Assert.That(() => Load(folder.Path, location), Throws.InstanceOf<OnnxException>(), location);
    }

    [Test]
    public void APipeIsRefusedAndNotWaitedFor()
    {
        using var folder = new TemporaryFolder();
        using (var maker = System.Diagnostics.Process.Start("mkfifo", folder["pipe"]))
            maker.WaitForExit();
        var load = Task.Run(() => Load(folder.Path, "pipe"));
        Assert.That(
            () => load.Wait(TimeSpan.FromSeconds(60)),
            Throws.InnerException.InstanceOf<OnnxException>().With.InnerException.Message.Contains("no ordinary file"));
    }

    [Test]
    public void WeightsOfAnotherFileMayBeUsedAsOftenAsThoseOfTheModel()
    {
        using var folder = new TemporaryFolder();
        using (var sparse = File.Create(folder["weights.bin"]))
            sparse.SetLength(64L << 20);
        File.CreateSymbolicLink(folder["again.bin"], "weights.bin");
        var options = new OnnxLoadOptions { MaxValues = 1 << 20 };
        using (var model = OnnxModel.Load(Layers(folder, 64, "weights.bin"), options))
            Assert.That(model.Network.parameters().Sum(weights => weights.numel()), Is.EqualTo(16 << 20));
        Assert.That(
            () => OnnxModel.Load(Layers(folder, 1, "weights.bin", "again.bin"), options),
            Throws.InstanceOf<OnnxException>().With.Message.Contains("MaxValues"));
    }

    [TestCase("0", "12")]
    [TestCase("4", "16")]
    [TestCase("17", "0")]
    [TestCase("-4", "16")]
    [TestCase("9223372036854775807", "16")]
    [TestCase("0", "much")]
    [TestCase("1e1", "16")]
    public void APlaceThatTheFileDoesNotHaveIsRefused(string offset, string length)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["weights.bin"], new byte[16]);
        Assert.That(
            () => Load(folder.Path, "weights.bin", offset, length),
            Throws.InstanceOf<OnnxException>().With.Message.Contains("'w'"));
    }

    [Test]
    public void AMissingFileIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => Load(folder.Path, "missing.bin"), Throws.InstanceOf<OnnxException>().With.Message.Contains("missing.bin"));
    }

    private static double[] Sum(TemporaryFolder folder, string location, params string[] place)
    {
        using var model = Load(folder.Path, location, place);
        using var output = model.Graph.Forward(zeros(1, 4));
        return output.Numbers();
    }

    private static OnnxModel Load(string folder, string location, params string[] place)
    {
        var tensor = new MessageWriter()
            .Integers(1, [4])
            .Integer(2, (long)ElementType.Float)
            .Text(8, "w")
            .Message(13, Pair("location", location));
        if (place.Length == 2)
            tensor.Message(13, Pair("offset", place[0])).Message(13, Pair("length", place[1]));
        var path = Path.Combine(folder, "model.onnx");
        new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Initializer(tensor.Integer(14, 1)).Add("Add", "y", ["x", "w"]).Save(path);
        return OnnxModel.Load(path);
    }

    /// <summary>64 layers of 512 x 512 whose weights are so many different parts of files, one after the other.</summary>
    private static string Layers(TemporaryFolder folder, int parts, params string[] files)
    {
        var model = new ModelBuilder().Input("v0", 1, 512).Output("v64", 1, 512);
        for (var layer = 0; layer < 64; layer++)
        {
            model.Initializer(new MessageWriter().Integers(1, [512, 512]).Integer(2, (long)ElementType.Float).Text(8, $"w{layer}")
                .Message(13, Pair("location", files[layer % files.Length])).Message(13, Pair("offset", $"{(long)(layer % parts) << 20}"))
                .Message(13, Pair("length", $"{1 << 20}")).Integer(14, 1));
            model.Add("MatMul", $"v{layer + 1}", [$"v{layer}", $"w{layer}"]);
        }

        model.Save(folder["layers.onnx"]);
        return folder["layers.onnx"];
    }

    private static MessageWriter Pair(string key, string value) => new MessageWriter().Text(1, key).Text(2, value);
}
