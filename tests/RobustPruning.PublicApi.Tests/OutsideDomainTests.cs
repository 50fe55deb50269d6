using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>A domain of a user's own, through public members alone: it bounds, it certifies, and what it certifies holds.</summary>
public sealed class OutsideDomainTests
{
    /// <summary>64-bit evaluation itself loses less than this share of the values, which are of order one.</summary>
    private const double Evaluation = 1e-9;

    [Test]
    public void NoValueLeavesItsBounds()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        for (var number = 0; number < 30; number++)
        {
            using var scope = NewDisposeScope();
            using var network = OutsideNetworks.Draw(random);
            network.to(float64);
            network.eval();
            var set = OutsideNetworks.Light(random);
            var image = rand(2, 6, 6, dtype: float64);
            using var images = set.Enclose(image, set.Box);
            using var bounds = new OutsideIntervals().Propagate(network.Graph, images);
            GraphNode[] nodes = [.. network.Graph.PreActivations, network.Graph.Output];
            Assert.That(bounds.PreActivations.Select(found => found.Node), Is.EqualTo(network.Graph.PreActivations));
            double[][] thetas = [.. set.Box.Corners(), .. set.Box.Sample(40, random), .. Attacked(network, set, image, random)];
            using var noGradient = no_grad();
            var values = network.Graph.Run(set.Apply(image, thetas), nodes);
            foreach (var found in bounds.PreActivations.Append(bounds.Output))
            {
                var slack = (found.Lower.abs() + found.Upper.abs() + 1) * Evaluation;
                Assert.That((values[found.Node] >= found.Lower - slack).all().item<bool>(), $"{found.Node} in case {number}");
                Assert.That((values[found.Node] <= found.Upper + slack).all().item<bool>(), $"{found.Node} in case {number}");
            }
        }
    }

    /// <summary>
    /// Rounding included: exact sums of layers whose terms cancel, at a box of one point, where nothing else is between the bounds.
    /// </summary>
    [Test]
    public void TheExactValueIsInsideWhereTermsCancel()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        var narrow = 0;
        for (var number = 0; number < 200; number++)
        {
            using var scope = NewDisposeScope();
            const int width = 5;
            double[] pixels = [.. Numbers(width, 1)];
            double[][][] weights = [Cancelling(), Cancelling()];
            double[][] shifts = [[.. Numbers(width, 1e8)], [.. Numbers(width, 1e8)]];
            var builder = new GraphBuilder([width]);
            var hidden = builder.Relu("relu", builder.Linear("first", builder.Input, Layer(weights[0], shifts[0])));
            using var network = new GraphModule(builder.Build(builder.Linear("second", hidden, Layer(weights[1], shifts[1]))));
            network.to(float64);
            var theta = random.NextDouble() - 0.5;
            var set = SemanticSet.Of(new Brightness(theta, theta)).WithoutClip();
            using var images = set.Enclose(tensor(pixels), set.Box);
            using var bounds = new OutsideIntervals().Propagate(network.Graph, images);

            Dyadic[] exact = [.. pixels.Select(pixel => (Dyadic)pixel + theta)];
            exact = [.. Apply(weights[0], shifts[0], exact).Select(value => Dyadic.Max(value, 0))];
            exact = Apply(weights[1], shifts[1], exact);
            double[] lower = Values(bounds.Output.Lower), upper = Values(bounds.Output.Upper);
            for (var output = 0; output < width; output++)
            {
                Assert.That(exact[output], Is.GreaterThanOrEqualTo((Dyadic)lower[output]).And.LessThanOrEqualTo((Dyadic)upper[output]));
                narrow += upper[output] - lower[output] < 1e-3 * (1 + Math.Abs(upper[output])) ? 1 : 0;
            }

            double[][] Cancelling() => [.. Enumerable.Range(0, width).Select(_ =>
            {
                // Each weight has its opposite, but for the last digits.
                double[] row = [.. Numbers(width, 1e8)];
                return row.Select(
                        (weight, column) => column % 2 == 0 ? weight : (float)(-row[column - 1] * (1 + (random.NextDouble() * 1e-7))))
                    .ToArray();
            })];
        }

        Assert.That(narrow, Is.GreaterThan(500), "of 1000: bounds of rounding alone are narrow");

        IEnumerable<double> Numbers(int count, double scale) =>
            Enumerable.Range(0, count).Select(_ => (double)(float)((random.NextDouble() - 0.5) * scale));

        static TorchSharp.Modules.Linear Layer(double[][] weight, double[] shift)
        {
            var layer = nn.Linear(weight[0].Length, weight.Length);
            using var noGradient = no_grad();
            layer.weight.copy_(tensor(weight.SelectMany(row => row).ToArray(), layer.weight.shape, dtype: float32));
            layer.bias!.copy_(tensor(shift, layer.bias.shape, dtype: float32));
            return layer;
        }

        static Dyadic[] Apply(double[][] weight, double[] shift, Dyadic[] values) =>
            [
                .. weight.Zip(
                    shift,
                    (row, added) => row.Zip(values, (factor, value) => factor * value).Aggregate((Dyadic)added, (sum, term) => sum + term)),
            ];
    }

    [Test]
    public void WhatItCertifiesHoldsAndIsProvedAgain()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        int certified = 0, falsified = 0;
        for (var number = 0; number < 12; number++)
        {
            using var scope = NewDisposeScope();
            using var network = OutsideNetworks.Draw(random);
            network.eval();
            var set = OutsideNetworks.Light(random);
            var image = rand(2, 6, 6);
            var tolerance = new[] { 0.003, 0.03, 1 }[number % 3];
            using var certifier = new Certifier(
                network, set, tolerance, new CertifierOptions
                {
                    Propagator = new OutsideIntervals(),
                    MaxBoxes = 200,
                    Seed = number,
                });
            var certificate = certifier.Certify(image);
            Assert.That(certificate.Options.Propagator.Name, Is.EqualTo("outside interval"));
            certificate.Check(network, image).RequireValid();

            // Claims that hold may be unknown; none that was certified may break.
            double[][] thetas = [.. set.Box.Corners(), .. set.Box.Sample(100, random), .. Attacked(network, set, image, random)];
            using var noGradient = no_grad();
            var moved = (network.forward(set.Apply(image, thetas)) - tensor(certificate.Predicted.ToArray(), dtype: float32))
                .abs()
                .amax(0)
                .to(float64);
            foreach (var claim in certificate.Claims.Where(claim => claim.Verdict == Verdict.Certified))
            {
                certified++;
                Assert.That(
                    Math.Max(moved[2 * claim.Index].item<double>(), moved[(2 * claim.Index) + 1].item<double>()),
                    Is.LessThanOrEqualTo(tolerance + 1e-5));
            }

            falsified += certificate.Falsified;
        }

        Assert.That(certified, Is.Positive);
        TestContext.Out.WriteLine($"{certified} claims certified, {falsified} falsified");
    }

    [Test]
    public void RoundingIsKnownOf64BitNumbersAndOfValuesThatAreNotOnlyMoved()
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([2, 2, 2]);
        var flat = (AffineNode)builder.Flatten("flatten", builder.Input);
        var layer = (AffineNode)builder.Linear("fc", flat, nn.Linear(8, 3));
        Assert.That(flat.RoundingError(ones(1, 2, 2, 2, dtype: float64)).abs().max().item<double>(), Is.Zero);

        // 8 products and a shift of numbers below 1 each, eight roundings at least.
        Assert.That(layer.RoundingError(ones(1, 8, dtype: float64)).max().item<double>(), Is.GreaterThan(0).And.LessThan(1e-13));
        Assert.Throws<ArgumentException>(() => layer.RoundingError(ones(1, 8)));
    }

    [Test]
    public void ALayerWithoutARuleIsRefusedByName()
    {
        var builder = new GraphBuilder([2]);
        using var network = new GraphModule(
            builder.Build(builder.Linear("fc", builder.LeakyRelu("leaky", builder.Input, -0.5), nn.Linear(2, 2))));
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        using var certifier = new Certifier(network, set, 1, new CertifierOptions { Propagator = new OutsideIntervals() });
        using var image = rand(2);
        var error = Assert.Throws<GraphException>(() => certifier.Certify(image))!;
        Assert.That((error.Name, error.Value), Is.EqualTo(("leaky", (object)"LeakyReluNode")));
    }

    /// <summary>Sign-gradient ascent on each output, up and down, from the middle.</summary>
    private static IEnumerable<double[]> Attacked(GraphModule network, SemanticSet set, Tensor image, Random random)
    {
        var outputs = (int)network.Graph.Output.Neurons;
        for (var goal = 0; goal < 2 * outputs; goal++)
        {
            var theta = set.Box.Sample(1, random)[0];
            for (var step = 0; step < 6; step++)
            {
                using var scope = NewDisposeScope();
                var point = tensor(theta, [1, theta.Length], dtype: image.dtype).requires_grad_();
                var value = network.forward(set.Apply(image, point))[0, goal / 2];
                (goal % 2 == 0 ? value : -value).backward();
                var uphill = Values(point.grad!.to(float64));
                theta = [.. theta.Select((at, k) => Math.Clamp(
                    at + (Math.Sign(uphill[k]) * set.Box.HalfWidths[k] / (1 << step)), set.Box.Lower[k], set.Box.Upper[k]))];
            }

            yield return theta;
        }
    }

    private static double[] Values(Tensor tensor) => tensor.detach().cpu().contiguous().data<double>().ToArray();
}
