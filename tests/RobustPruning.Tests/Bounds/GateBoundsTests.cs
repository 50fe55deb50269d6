using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// Bounds of products, normalisations by the value's own statistics and softmaxes: against samples, ascent, one another and exact ranges.
/// </summary>
public sealed class GateBoundsTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.2, 0.2), new Contrast(-0.2, 0.2));

    [Test]
    public void SampledAndAttackedParametersStayInsideTheBoundsOfEveryDomain()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 30; number++)
        {
            using var scope = NewDisposeScope();
            var random = new Random(unchecked(seed + number));
            using var network = RandomGates.Network(unchecked(seed + number));
            Tensor image = rand([2, 4, 4]);
            var box = Box(random);
            using var wide = ProofNetwork.Of(network.Graph);
            using var images = Light.Enclose(image, box);
            var (least, greatest) = Extremes(wide.Graph, image.to(float64), box, random);
            using var noGradient = no_grad();
            foreach (var (what, lower, upper) in All(network.Graph, wide.Graph, images, Light.Enclose(image.to(float64), box)))
            {
                for (var output = 0; output < least.Length; output++)
                {
                    var rounding = 1e-12 * (1 + Math.Abs(least[output]) + Math.Abs(greatest[output]));
                    Assert.That(
                        lower[output],
                        Is.LessThanOrEqualTo(least[output] + rounding),
                        $"{what}, output {output}, seed {unchecked(seed + number)}, {Text(network.Graph)}");
                    Assert.That(
                        upper[output],
                        Is.GreaterThanOrEqualTo(greatest[output] - rounding),
                        $"{what}, output {output}, seed {unchecked(seed + number)}, {Text(network.Graph)}");
                }
            }
        }
    }

    [Test]
    public void EngineTensorsAndCheckerAgree()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 30; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var network = RandomGates.Network(unchecked(seed + number));
            using var wide = ProofNetwork.Of(network.Graph);
            Tensor image = rand([2, 4, 4], dtype: float64);
            using var images = Light.Enclose(image, Box(new Random(unchecked(seed + number))));
            var domain = new SemanticIntervalPropagator(SymbolBudget.All);
            using var engine = domain.Propagate(wide.Graph, images);
            using var tensors = domain.OnTensors(wide.Graph, images, () => false)!;
            var proof = new LeafProof(wide.Graph).Bound(images);
            double[] expected = [.. engine.Output.Lower.Numbers(), .. engine.Output.Upper.Numbers()];
            var width = engine.Output.Upper.Numbers().Zip(engine.Output.Lower.Numbers(), (upper, lower) => upper - lower).Max();
            var slack = (1e-7 * (1 + expected.Max(Math.Abs))) + (1e-4 * width);
            Assert.That(
                Gap([.. tensors.Output.Lower.Numbers(), .. tensors.Output.Upper.Numbers()]),
                Is.LessThan(slack),
                $"tensors, seed {unchecked(seed + number)}, {Text(network.Graph)}");
            Assert.That(
                Gap([.. proof.Lower, .. proof.Upper]),
                Is.LessThan(slack),
                $"checker, seed {unchecked(seed + number)}, {Text(network.Graph)}");

            double Gap(double[] values) => values.Zip(expected, (first, second) => Math.Abs(first - second)).Max();
        }
    }

    /// <summary>Halving a box makes the bounds beyond the samples four times as narrow: all is enclosed to first order.</summary>
    [Test]
    public void BoundsTightenWithTheSquareOfTheBox()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 10; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var network = RandomGates.Network(unchecked(seed + number));
            network.to(float64);
            Tensor image = (rand([2, 4, 4], dtype: float64) * 0.4) + 0.3;
            double[] excess = [.. new[] { 1e-3, 1e-5 }.Select(size =>
            {
                var box = new ParameterBox([-size, -size], [size, size]);
                using var images = Light.WithoutClip().Enclose(image, box);
                using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(network.Graph, images);
                double[] lower = bounds.Output.Lower.Numbers(), upper = bounds.Output.Upper.Numbers();
                var samples = network.Graph.Forward(Light.WithoutClip().Apply(image, [.. box.Corners()])).Numbers();
                return Enumerable
                        .Range(0, 4)
                        .Max(output =>
                            upper[output]
                            - lower[output]
                            - (
                                samples.Where((_, index) => index % 4 == output).Max()
                                - samples.Where((_, index) => index % 4 == output).Min())) / size;
            })];

            // A kink near the image leaves a part that shrinks with the box alone.
            TestContext.Out.WriteLine($"excess over the box {excess[0]:g3} and {excess[1]:g3}");
            Assert.That(
                excess[1],
                Is.LessThan((0.5 * Math.Max(excess[0], 0)) + 1e-4),
                $"seed {unchecked(seed + number)}, {Text(network.Graph)}");
        }
    }

    [Test]
    public void AProductOfIndependentFactorsIsWithinItsExactRange()
    {
        var seed = TestEnvironment.FreshSeed();
        var random = new Random(seed);
        for (var number = 0; number < 50; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var builder = new GraphBuilder([2]);
            var graph = builder.Build(
                builder.Product(
                    "product",
                    builder.Rearrangement("first", builder.Input, [1], [0]),
                    builder.Rearrangement("second", builder.Input, [1], [1])));
            double[] centre = [(random.NextDouble() * 4) - 2, (random.NextDouble() * 4) - 2],
                radius = [random.NextDouble(), random.NextDouble()];
            using var images = new PerturbedImages(
                tensor(centre).unsqueeze(0), zeros([1, 1, 2], dtype: float64), false, tensor(radius).unsqueeze(0))
            {
                RoundingError = 0,
            };
            using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(graph, images);
            double[] corners =
            [
                .. from x in new[] { -1, 1 } from y in new[] { -1, 1 } select (centre[0] + (x * radius[0])) * (centre[1] + (y * radius[1])),
            ];
            var span = (Math.Abs(centre[0]) * radius[1]) + (Math.Abs(centre[1]) * radius[0]) + (radius[0] * radius[1]);
            double lower = bounds.Output.Lower.Numbers()[0], upper = bounds.Output.Upper.Numbers()[0];
            Assert.That(
                lower,
                Is.LessThanOrEqualTo(corners.Min()).And.EqualTo((centre[0] * centre[1]) - span).Within(1e-9),
                $"seed {seed}");
            Assert.That(
                upper,
                Is.GreaterThanOrEqualTo(corners.Max()).And.EqualTo((centre[0] * centre[1]) + span).Within(1e-9),
                $"seed {seed}");
        }
    }

    /// <summary>
    /// However far apart the logits' bounds are, a softmax lies in [0, 1], and within the exact range of independent logits where that is
    /// all there is.
    /// </summary>
    [Test]
    public void ASoftmaxOfIndependentLogitsHasTheirExactRange([Values(0.01, 1, 30, 2000)] double size)
    {
        var seed = TestEnvironment.FreshSeed();
        var random = new Random(seed);
        for (var number = 0; number < 20; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var builder = new GraphBuilder([4]);
            var graph = builder.Build(builder.Softmax("softmax", builder.Input));
            double[] centre = [.. Enumerable.Range(0, 4).Select(_ => (random.NextDouble() - 0.5) * 4)],
                radius = [.. Enumerable.Range(0, 4).Select(_ => random.NextDouble() * size)];
            using var images = new PerturbedImages(
                tensor(centre).unsqueeze(0), zeros([1, 1, 4], dtype: float64), false, tensor(radius).unsqueeze(0))
            {
                RoundingError = 0,
            };
            using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(graph, images);
            using var tensors = new SemanticIntervalPropagator(SymbolBudget.All).OnTensors(graph, images, () => false)!;
            foreach (var output in new[] { bounds.Output, tensors.Output })
            {
                double[] lower = output.Lower.Numbers(), upper = output.Upper.Numbers();
                for (var value = 0; value < 4; value++)
                {
                    double Share(int sign) => 1 / Enumerable.Range(0, 4).Sum(other => Math.Exp(
                        other == value ? 0 : centre[other] - (sign * radius[other]) - centre[value] - (sign * radius[value])));
                    var (least, greatest) = (Share(-1), Share(1));
                    Assert.That(lower[value], Is.LessThanOrEqualTo(least + 1e-12), $"seed {seed}");
                    Assert.That(upper[value], Is.GreaterThanOrEqualTo(greatest - 1e-12), $"seed {seed}");
                    Assert.That(upper[value] - lower[value], Is.LessThanOrEqualTo((2 * (greatest - least)) + 1e-9), $"seed {seed}");
                }
            }
        }
    }

    [Test]
    public void CertificatesAreCheckedByTheChecker()
    {
        var seed = TestEnvironment.FreshSeed();
        var certified = 0;
        for (var number = 0; number < 12; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var network = RandomGates.Network(unchecked(seed + number));
            Tensor image = rand([2, 4, 4]);
            var clean = network.forward(image.unsqueeze(0)).Numbers();
            var moved = network.forward(Light.Apply(image, [.. Light.Box.Corners()])).Numbers();
            var spread = Enumerable.Range(0, moved.Length).Max(index => Math.Abs(moved[index] - clean[index % 4]));
            using var certifier = new Certifier(
                network.Graph,
                Light,
                Math.Max(1.5 * spread, 1e-3),
                new CertifierOptions { MaxBoxes = 60, Samples = 5 });
            var certificate = certifier.Certify(image);
            var check = certificate.Check(network.Graph, image);
            Assert.That(check.IsValid, Is.True, $"seed {unchecked(seed + number)}: {check}, {Text(network.Graph)}");
            certified += certificate.Keypoints.Count(keypoint => keypoint.Verdict == Verdict.Certified);
        }

        Assert.That(certified, Is.GreaterThan(0));
    }

    private static IEnumerable<(string What, double[] Lower, double[] Upper)> All(
        Graph graph, Graph wide, PerturbedImages images, PerturbedImages wideImages)
    {
        IBoundPropagator[] domains =
        [
            new IntervalPropagator(),
            new SemanticIntervalPropagator(SymbolBudget.None),
            new SemanticIntervalPropagator(new SymbolBudget(7)),
            new SemanticIntervalPropagator(SymbolBudget.All),
        ];
        foreach (var domain in domains)
        {
            using var bounds = domain.Propagate(graph, images);
            yield return (domain.Name, bounds.Output.Lower.Numbers(), bounds.Output.Upper.Numbers());
        }

        using var tensors = new SemanticIntervalPropagator(SymbolBudget.All).OnTensors(graph, images, () => false)!;
        yield return ("tensors", tensors.Output.Lower.Numbers(), tensors.Output.Upper.Numbers());
        var proof = new LeafProof(wide).Bound(wideImages);
        yield return ("checker", proof.Lower, proof.Upper);
        wideImages.Dispose();
    }

    /// <summary>The least and greatest outputs of samples, and of an ascent from the best of them.</summary>
    private static (double[] Least, double[] Greatest) Extremes(Graph network, Tensor image, ParameterBox box, Random random)
    {
        double[] least = new double[4], greatest = new double[4];
        double[][] thetas = [.. box.Corners(), .. box.Sample(500, random)];
        var samples = Run(tensor(thetas.SelectMany(theta => theta).ToArray(), [thetas.Length, 2]));
        for (var output = 0; output < 4; output++)
        {
            double[] values = samples.select(1, output).Numbers();
            (least[output], greatest[output]) = (values.Min(), values.Max());
            foreach (var sign in new[] { -1, 1 })
            {
                var theta = tensor(thetas[Array.IndexOf(values, sign > 0 ? values.Max() : values.Min())]).unsqueeze(0);
                for (var step = 0; step < 15; step++)
                {
                    var moving = theta.detach().clone().requires_grad_();
                    var value = Run(moving)[0, output];
                    (least[output], greatest[output]) = (
                        Math.Min(least[output], value.item<double>()),
                        Math.Max(greatest[output], value.item<double>()));
                    var gradient = Gradients.Of(value, [moving])[0];
                    Tensor lower = tensor((double[])[.. box.Lower]), upper = tensor((double[])[.. box.Upper]);
                    theta = (moving + (gradient.sign() * (upper - lower) * (sign * 0.2 / (step + 1))))
                        .maximum(lower)
                        .minimum(upper)
                        .detach();
                }
            }
        }

        return (least, greatest);

        Tensor Run(Tensor theta) => network.Forward(Light.Apply(image, theta, null));
    }

    private static string Text(Graph graph) => string.Join(", ", graph.Nodes);

    private static ParameterBox Box(Random random)
    {
        double[] first = Light.Box.Sample(1, random)[0],
            size = [Math.Pow(10, -3 * random.NextDouble()), Math.Pow(10, -3 * random.NextDouble())];
        return new ParameterBox(first, [.. first.Zip(size, (from, width) => Math.Min(0.2, from + (0.2 * width)))]);
    }
}
