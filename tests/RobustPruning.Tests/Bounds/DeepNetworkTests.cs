using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>Seventeen layers: a remainder through |W| would make their rounding millions of pixels.</summary>
public sealed class DeepNetworkTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.005, 0.005), new Contrast(-0.005, 0.005));

    [Test]
    public void RoundingWidensTheBoundsOfAResidualNetworkByLittle()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = Residual(TestEnvironment.FreshSeed());
        using var frozen = BatchNormalizationFolding.Fold(network.Graph);
        using var images = Light.Enclose(rand(3, 16, 16), Light.Box);
        double sound = Width(new SemanticIntervalPropagator(SymbolBudget.All)),
            unrounded = Width(new SemanticIntervalPropagator(SymbolBudget.All, outward: false));
        TestContext.Out.WriteLine($"width {sound:g4} with rounding, {unrounded:g4} without");
        Assert.That(sound / unrounded, Is.InRange(1 - 1e-3, 1.05));

        double Width(SemanticIntervalPropagator domain)
        {
            using var bounds = domain.Propagate(frozen.Graph, images);
            return (bounds.Output.Upper - bounds.Output.Lower).sum().to(float64).item<double>();
        }
    }

    [Test]
    public void ItsCertificateIsCheckedAgain()
    {
        using var network = Residual(7);
        using var scope = NewDisposeScope();
        using var image = rand(3, 16, 16);
        var tolerance = 0.0;
        using (var search = new RangeSearch(network.Graph, Light, new RangeSearchOptions { FirstCellsPerSide = 1, MaxBoxes = 1 }))
        {
            var range = search.Search(image);
            tolerance = range.Upper.Zip(range.Lower, (high, low) => high - low).Max() * 1.01;
        }

        using var certifier = new Certifier(network, Light, tolerance);
        var certificate = certifier.Certify(image);
        Assert.That((certificate.Certified, certificate.Boxes), Is.EqualTo((2, 1)));
        certificate.Check(network, image).RequireValid();
    }

    /// <summary>Running statistics as training would leave them, so that no layer is silent and no branch is weak.</summary>
    private static GraphModule Residual(int seed)
    {
        using var noGradient = no_grad();
        var network = ResNet18.Create(new(Height: 16, Width: 16, Keypoints: 2, WidthMultiplier: 0.0625, Seed: seed));
        network.train();
        for (var step = 0; step < 20; step++)
            network.Graph.Forward(rand(16, 3, 16, 16)).Dispose();
        network.eval();
        return network;
    }
}
