using System.Runtime.CompilerServices;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>Results print as something readable.</summary>
public sealed class ResultTextTests
{
    /// <summary>What a compiler writes of a list is the list's type.</summary>
    [Test]
    public void NoRecordLeavesItsTextToTheCompiler()
    {
        var bare = Packages
            .PublicTypes.Where(type =>
                type.GetMethod("<Clone>$") is not null && !type.IsAbstract && !type.Name.EndsWith("Options", StringComparison.Ordinal))
            .Where(type => type.GetProperties().Any(property => !Prints(property.PropertyType)))
            .Where(type =>
                type.GetMethod(nameof(ToString), Type.EmptyTypes)!.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false));
        Assert.That(bare.Select(type => type.Name), Is.Empty);

        static bool Prints(Type type)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            return type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(TimeSpan);
        }
    }

    [Test]
    public async Task ResultsReadAsSentences()
    {
        using var scope = NewDisposeScope();
        using var network = OutsideNetworks.Draw(new Random(FreshSeedsAttribute.Current));
        network.eval();
        var light = SemanticSet.Of(new Brightness(-0.1, 0.1));
        var image = rand(2, 6, 6);
        List<string> told = [];
        using var certifier = new Certifier(network, light, 0.0001, new CertifierOptions { MaxBoxes = 40 });
        var certificate = certifier.Certify(image, progress: new Told<CertificationProgress>(told));
        Assert.That(told, Has.All.Match(@"^image 1 of 1: \d+ of 2 claims decided, \d+ boxes, \d+ open$"));
        Assert.That(
            certificate.Claims.Select(claim => claim.ToString()),
            Has.All.Match(@"^claim [01]: (certified|unknown|falsified at θ = \(-?[\d.e-]+\), broken by [\d.e-]+)$"));
        Assert.That(
            certificate.Keypoints.Select(keypoint => keypoint.ToString()),
            Has.All.Match(@"^keypoint [01]: .*x in \[.*\], y in \[.*\] around \(.*\)$"));
        Assert.That(certificate.Leaves[0].ToString(), Does.Match(@"^\[-0\.1, -?[\d.]+\]: \[.*\], \[.*\], \[.*\], \[.*\]$"));

        var range = new RangeSearch(network.Graph, light).Search(image, new Told<RangeSearchProgress>(told));
        Assert.That(
            range.ToString(),
            Does.Match(@"^4 outputs certified within (\[.*\], ){3}\[.*\]; gap [\d.]+ % after \d+ boxes in [\d.]+ s$"));
        var radius = new RadiusSearch(network.Graph, light, new KeypointProperty(0.05)).Search(
            image,
            progress: new Told<RadiusSearchProgress>(told));
        Assert.That(
            radius.ToString(),
            Does.Match(
                @"^(certified up to [\d.e-]+ of the set|not certified at any size tried), (falsified at [\d.e-]+|no counterexample found), after \d+ boxes in [\d.]+ s$"));
        Assert.That(radius.Claims.Select(claim => claim.ToString()), Has.All.StartsWith("claim "));

        using (var images = light.Enclose(image, light.Box))
        using (var bounds = new IntervalPropagator().Propagate(network.Graph, images))
            Assert.That(
                bounds.ToString()!.Split(Environment.NewLine),
                Has.Exactly(bounds.PreActivations.Count + 1).Matches(@": 1 boxes, [\d.e-]+ wide at most, \d+ unstable$"));
        using (var measured = new SampledUsnMetric().Measure(network.Graph, stack([image, image]), light))
            Assert.That(measured.ToString(), Does.Contain("channels, deviation"));

        using var data = new KeypointData(rand(8, 2, 6, 6), zeros(8, 4));
        var report = await new ProgressivePruning(
            network,
            light,
            new()
            {
                TargetRatio = 0,
                InitialEpochs = 1,
                BatchSize = 4,
                ErrorLimit = 1e-9,
            }).RunAsync(data, progress: new Told<TrainingProgress>(told));
        Assert.That(told[^1], Does.Match(@"^round 0, epoch 1 of 1: loss [\d.e-]+$"));
        Assert.That(
            report.ToString(),
            Does.Match(@"^round 0: 0 % gone, [\d,]+ parameters, [\d,]+ MACs, error [\d.]+ px, above the limit\r?\nstopped: The error"));
        Assert.That(told, Has.None.Contains("System.").And.None.Contains("{"));
    }

    private sealed class Told<T>(List<string> told) : IProgress<T>
    {
        public void Report(T value) => told.Add(value!.ToString()!);
    }
}
