using System.Text;
using RobustPruning.Benchmarks.Networks;
using TorchSharp;

namespace RobustPruning.Tests;

public sealed class NpyFileTests
{
    private string _path = null!;

    [SetUp]
    public void NewFile() => _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".npy");

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [TestCase("(2, 3)", new long[] { 2, 3 })]
    [TestCase("(6,)", new long[] { 6 })]
    public void ReadsValuesInTheHeadersShape(string text, long[] shape)
    {
        Write($"{{'descr': '<f4', 'fortran_order': False, 'shape': {text}, }}", [1, 2, 3, 4, 5, 6.5f]);
        using var array = NpyFile.Read(_path);
        Assert.That(array.shape, Is.EqualTo(shape));
        Assert.That(array.Numbers(), Is.EqualTo(new[] { 1, 2, 3, 4, 5, 6.5 }));
    }

    [TestCase(new long[] { 7 })]
    [TestCase(new long[] { 2, 3, 1, 4 })]
    [TestCase(new long[] { 100000, 3 })]
    public void WhatIsWrittenComesBack(long[] shape)
    {
        using var written = torch.randn(shape);
        NpyFile.Write(_path, written);
        using var read = NpyFile.Read(_path);
        Assert.That(read.shape, Is.EqualTo(shape));
        Assert.That(TensorValues.Gap(read, written), Is.Zero);
        Assert.That((new FileInfo(_path).Length - (4 * written.numel())) % 64, Is.Zero, "NumPy's alignment");
    }

    [Test]
    public void ViewsAndOtherNumbersAreWrittenAsFloatsInCOrder()
    {
        using var scope = torch.NewDisposeScope();
        var transposed = torch.arange(6, dtype: torch.float64).reshape(2, 3).t();
        NpyFile.Write(_path, transposed);
        Assert.That(NpyFile.Read(_path).Numbers(), Is.EqualTo(new[] { 0.0, 3, 1, 4, 2, 5 }));
    }

    [TestCase("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }")]
    [TestCase("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }")]
    [TestCase("{'descr': '<f4', 'fortran_order': False}")]
    public void OtherContentsAreRefused(string header)
    {
        Write(header, [1, 2]);
        Assert.That(() => NpyFile.Read(_path), Throws.TypeOf<NpyException>().With.Message.Contains(_path));
    }

    [Test]
    public void DamagedAndMissingFilesAreRefused()
    {
        Assert.That(() => NpyFile.Read(_path), Throws.TypeOf<NpyException>());
        Write("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", [1, 2]);
        var bytes = File.ReadAllBytes(_path);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(_path, bytes[..length]);
            Assert.That(() => NpyFile.Read(_path), Throws.TypeOf<NpyException>(), $"{length} bytes");
        }
    }

    [Test]
    public void AFolderWithoutAManifestIsRefused() =>
        Assert.That(() => NetworkFolder.Read(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())), Throws.TypeOf<NpyException>());

    private void Write(string header, float[] values)
    {
        using var writer = new BinaryWriter(File.Create(_path));
        writer.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
        writer.Write((ushort)header.Length);
        writer.Write(Encoding.ASCII.GetBytes(header));
        foreach (var value in values)
            writer.Write(value);
    }
}
