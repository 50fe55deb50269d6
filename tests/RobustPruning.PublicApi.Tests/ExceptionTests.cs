using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Gpu;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Onnx;
using RobustPruning.Onnx.VnnLib;
using RobustPruning.Pruning;
using SkiaSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>One base for all exceptions, which says what is at fault.</summary>
public sealed class ExceptionTests
{
    [Test]
    public void AllExceptionsOfThePackagesHaveOneBase()
    {
        Type[] own =
        [
            .. Packages.PublicTypes.Where(type => type.IsSubclassOf(typeof(Exception)) && type != typeof(RobustPruningException)),
        ];
        Assert.That(own, Has.Length.GreaterThanOrEqualTo(8));
        Assert.That(own.Where(type => !type.IsSubclassOf(typeof(RobustPruningException))), Is.Empty);
    }

    [Test]
    public void TheySayTheNameAndTheValueAtFault()
    {
        using var folder = new Folder();
        string missing = Path.Combine(folder.Path, "missing"), text = Path.Combine(folder.Path, "labels.csv");
        File.WriteAllText(text, "image,nose_x,nose_y\na.png,1,abc\n");
        using (var picture = new SKBitmap(2, 2))
        using (var file = File.Create(Path.Combine(folder.Path, "a.png")))
            picture.Encode(file, SKEncodedImageFormat.Png, 100);
        Faults<GraphException>("act", -1.0, () => Clipped(2, -1), value => ((ValueTuple<double, double>)value!).Item2);
        Faults<GraphException>("fc", 3L, () =>
        {
            var builder = Builder();
            builder.Linear("fc", builder.Input, nn.Linear(4, 1));
        }, value => ((IReadOnlyList<long>)value!)[0]);
        Faults<PruningException>(
            "Ratio",
            1.5,
            () => PruningPlan.Create(Graph(), new Dictionary<ChannelGroup, double[]>(), new PruningOptions { Ratio = 1.5 }));
        Faults<ModelFileException>(missing, null, () => ModelFile.Load(missing));
        Faults<CertificateException>(missing, null, () => Certificate.Load(missing));
        Faults<OnnxException>(missing, null, () => OnnxModel.Load(missing));
        Faults<DataException>("nose y", "abc", () => KeypointDataset.Load(text));
        Faults<VnnLibException>(text, null, () => VnnLibSpecification.Load(text));
        Faults<ComputeDeviceException>("CUDA GPU 999", 999, () => GpuDevice.Open(new GpuDeviceOptions { Index = 999 }));
    }

    private static void Faults<T>(string name, object? value, Action act, Func<object?, object?>? part = null)
        where T : RobustPruningException
    {
        var error = Assert.Throws<T>(() => act())!;
        Assert.That(error.Name, Is.EqualTo(name), error.Message);
        Assert.That(part is null ? error.Value : part(error.Value), Is.EqualTo(value), error.Message);
        Assert.That(error.Message, Does.Not.Contain('\n'));
    }

    private static GraphBuilder Builder() => new([3]);

    private static void Clipped(double minimum, double maximum)
    {
        var builder = Builder();
        builder.Clip("act", builder.Input, minimum, maximum);
    }

    private static Graph Graph()
    {
        var builder = Builder();
        return builder.Build(builder.Linear("fc", builder.Input, nn.Linear(3, 2)));
    }

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("robustpruning").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
