using RobustPruning.Certification;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>Changes of the scene of a user's own.</summary>
public sealed class OutsideTransformTests
{
    [Test]
    public void EveryImageIsEnclosed()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        for (var number = 0; number < 40; number++)
        {
            using var scope = NewDisposeScope();
            var set = Draw(random);
            var image = rand(1, 4, 4, dtype: float64);
            double[] ends = [.. set.Box.Sample(2, random).SelectMany(theta => theta)];
            var dimension = set.Dimension;
            var box = new ParameterBox(
                [.. Enumerable.Range(0, dimension).Select(k => Math.Min(ends[k], ends[dimension + k]))],
                [.. Enumerable.Range(0, dimension).Select(k => Math.Max(ends[k], ends[dimension + k]))]);
            using var images = set.Enclose(image, box);
            var reach = images.Generators.abs().sum(1) + images.RoundingError + (images.Radius ?? zeros_like(images.Centre));

            // Evaluation loses some digits of its own.
            var moved = set.WithoutClip().Apply(image, [.. box.Corners(), .. box.Sample(30, random)]);
            Assert.That((moved - images.Centre).abs().le(reach + 1e-14).all().item<bool>(), $"case {number}");
        }
    }

    [Test]
    public void WhatIsCertifiedOfThemHolds()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        var certified = 0;
        for (var number = 0; number < 9; number++)
        {
            using var scope = NewDisposeScope();
            using var network = OutsideNetworks.Draw(random);
            network.eval();
            var set = Draw(random);
            var image = rand(2, 6, 6);
            var tolerance = new[] { 0.01, 0.1, 10 }[number % 3];
            using var certifier = new Certifier(network, set, tolerance, new CertifierOptions { MaxBoxes = 100 });
            var certificate = certifier.Certify(image);
            certificate.Check(network, image).RequireValid();
            using var noGradient = no_grad();
            var moved = network.forward(set.Apply(image, [.. set.Box.Corners(), .. set.Box.Sample(200, random)]));
            var far = (moved - tensor(certificate.Predicted.ToArray(), dtype: float32)).abs().amax(0);
            foreach (var claim in certificate.Claims.Where(claim => claim.Verdict == Verdict.Certified))
            {
                certified++;
                Assert.That(
                    Math.Max(far[2 * claim.Index].item<float>(), far[(2 * claim.Index) + 1].item<float>()),
                    Is.LessThanOrEqualTo(tolerance + 1e-4));
            }
        }

        Assert.That(certified, Is.Positive);
    }

    private static SemanticSet Draw(Random random)
    {
        var set = SemanticSet.Of(new OutsideExposure(-0.1 * random.NextDouble(), 0.1 * random.NextDouble()));
        return random.Next(2) == 0 ? set : set.Then(new OutsideContrast(-0.05, 0.05));
    }
}
