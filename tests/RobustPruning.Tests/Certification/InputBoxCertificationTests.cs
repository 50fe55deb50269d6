using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>Boxes of inputs of any shape through the ordinary certifier.</summary>
public sealed class InputBoxCertificationTests
{
    private const int Cases = 30;

    [Test]
    public void SampledInputsStayInsideTheBoundsOfEveryDomain()
    {
        var seed = TestEnvironment.FreshSeed();
        IBoundPropagator[] domains =
        [
            new IntervalPropagator(),
            new SemanticIntervalPropagator(SymbolBudget.None),
            new SemanticIntervalPropagator(SymbolBudget.All),
        ];
        for (var number = 0; number < Cases; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomVectorNetworks(unchecked(seed + number));
            using var network = random.Network();
            var (lower, upper) = random.Limits(network.Graph.Input.Shape);
            using var box = InputBox.Of(lower, upper, 1 + (number % 4));
            using var images = box.Set.Enclose(box.Centre, box.Set.Box);
            var found = domains.Select(domain => (domain.Name, Bounds: domain.Propagate(network.Graph, images))).ToList();
            network.to(ScalarType.Float64);
            GraphNode[] nodes = [.. network.Graph.PreActivations.Append(network.Graph.Output)];
            var values = network.Graph.Run(Inputs(lower, upper, 1000), nodes);
            foreach (var (name, bounds) in found)
            {
                foreach (var node in bounds.PreActivations.Append(bounds.Output))
                {
                    var rounding = 1e-13 * (1 + values[node.Node].abs().max().item<double>());
                    Assert.That(
                        (node.Lower - values[node.Node].amin(0)).max().item<double>(),
                        Is.LessThanOrEqualTo(rounding),
                        $"{name}, {node.Node}, case {number}\n{network.Graph}");
                    Assert.That(
                        (values[node.Node].amax(0) - node.Upper).max().item<double>(),
                        Is.LessThanOrEqualTo(rounding),
                        $"{name}, {node.Node}, case {number}\n{network.Graph}");
                }

                bounds.Dispose();
            }
        }
    }

    [Test]
    public void VerdictsHoldAndCertificatesAreProvedAgainFromTheirFiles()
    {
        var seed = TestEnvironment.FreshSeed();
        var counts = new Dictionary<Verdict, int>();
        var path = Path.GetTempFileName();

        // Networks whose neurons are all off break nothing: there may be many.
        for (var number = 0; number < Cases || (number < 2 * Cases && !BothAreSeen()); number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomVectorNetworks(unchecked(seed + number));
            using var network = random.Network();
            var (lower, upper) = random.Limits(network.Graph.Input.Shape);
            using var box = InputBox.Of(lower, upper, 1 + (number % 4));
            var inputs = Inputs(lower, upper, 500);
            var outputs = network.Graph.Forward(inputs).to(float64);

            // Limits a little above and below what samples reach, not at it: whether a tie is broken is a matter of rounding.
            double[] greatest = outputs.amax(0).Numbers(), least = outputs.amin(0).Numbers();
            double[] limits = [.. greatest.Zip(least, (most, few) => most + ((most - few) * ((((number % 3) - 1) * 0.2) + 0.01)))];
            var property = new LinearProperty(
                [.. limits.Select((_, row) => limits.Select((_, column) => row == column ? 1.0 : 0).ToArray())],
                limits);
            using var certifier = new Certifier(network.Graph, box.Set, property, new CertifierOptions { MaxBoxes = 100, Workers = 1 });
            var certificate = certifier.Certify(box.Centre);
            foreach (var claim in certificate.Claims)
            {
                counts[claim.Verdict] = counts.GetValueOrDefault(claim.Verdict) + 1;
                if (claim.Verdict == Verdict.Certified)
                    Assert.That(greatest[claim.Index], Is.LessThanOrEqualTo(limits[claim.Index] + 1e-5), $"case {number}\n{network.Graph}");
                if (claim.Counterexample is { } found)
                {
                    var input = found.Input(box.Set, box.Centre);
                    Assert.That((lower - input).max().item<double>(), Is.LessThan(1e-12), "the input is of the box");
                    Assert.That((input - upper).max().item<double>(), Is.LessThan(1e-12), "the input is of the box");
                    Assert.That(network.Graph.Forward(input).Numbers()[claim.Index], Is.GreaterThan(limits[claim.Index]));
                }
            }

            certificate.Save(path);
            var check = Certificate.Load(path).Check(network.Graph, box.Centre);
            Assert.That(check.IsValid, $"case {number}: {check}\n{network.Graph}");
        }

        File.Delete(path);
        TestContext.Out.WriteLine(string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}")));
        Assert.That(BothAreSeen());

        bool BothAreSeen() =>
            counts.GetValueOrDefault(Verdict.Certified) > Cases / 3 && counts.GetValueOrDefault(Verdict.Falsified) > Cases / 3;
    }

    [Test]
    public void WithAllEntriesAsParametersTheSearchIsCompleteInTheLimit()
    {
        // max(|x₀ − x₁| − 0.5, 0) is nowhere below 0, but a single box does not see it; and it is 0 in the middle.
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([2]);
        var distance = builder.Linear(
            "sum",
            builder.Relu(
                "relu",
                builder.Linear(
                    "fc",
                    builder.Input,
                    Linear([
                        [1, -1],
                        [-1, 1],
                    ]))),
            Linear([
                [1, 1],
            ]));
        var graph = builder.Build(builder.Relu("beyond", builder.Rescaling("less", distance, new Rescaling(1, -0.5))));
        using var box = InputBox.Of(zeros(2), ones(2));
        foreach (var (limit, verdict) in new[] { (0.01, Verdict.Certified), (-0.01, Verdict.Falsified) })
        {
            using var certifier = new Certifier(graph, box.Set, new LinearProperty([[-1]], [limit]));
            var certificate = certifier.Certify(box.Centre);
            Assert.That(certificate.Claims[0].Verdict, Is.EqualTo(verdict), $"{limit}: {certificate}");
            Assert.That(certificate.Boxes, verdict == Verdict.Certified ? Is.GreaterThan(1) : Is.GreaterThan(0), "one box is not enough");
        }
    }

    [Test]
    public void AViolationThatOnlyNoiseReachesIsFoundAndItsFileIsChecked()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();

        // y = Σ w_i x_i reaches Σ |w_i| on the ball; one entry in twenty is a parameter.
        float[] weights = [.. Enumerable.Range(0, 20).Select(_ => (float)(random.NextDouble() - 0.5))];
        var builder = new GraphBuilder([4, 5]);
        var graph = builder.Build(builder.Linear("fc", builder.Flatten("flatten", builder.Input), Linear([weights])));
        var reach = weights.Sum(weight => Math.Abs((double)weight));
        using var box = InputBox.Around(zeros(4, 5), 1, parameters: 1);
        using var certifier = new Certifier(graph, box.Set, new LinearProperty([[1]], [0.999 * reach]));
        var certificate = certifier.Certify(box.Centre);
        var found = certificate.Claims[0].Counterexample;
        Assert.That(found, Is.Not.Null, certificate.ToString());
        Assert.That(found!.Noise, Has.Count.EqualTo(20));
        Assert.That(certificate.Check(graph, box.Centre).IsValid);

        double[] outside = [.. found.Noise!];
        outside[Array.FindIndex(outside, value => value != 0)] *= 1.01;
        foreach (var noise in new double[][]
            {
                outside,
                [.. outside.Skip(1)],
                [.. outside.Select(_ => double.NaN)],
                [.. outside.Select(_ => 0.0)],
            })
        {
            var tampered = certificate with { Claims = [certificate.Claims[0] with { Counterexample = found with { Noise = noise } }] };
            Assert.That(tampered.Check(graph, box.Centre).IsValid, Is.False, string.Join(" ", noise));
        }
    }

    [Test]
    public void ARangeOfManyEntriesIsFound()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var builder = new GraphBuilder([14]);
        var graph = builder.Build(builder.Linear("fc", builder.Relu("relu", builder.Input), Linear([[.. Enumerable.Repeat(1f, 14)]])));
        using var box = InputBox.Around(zeros(14), 1);
        using var search = new RangeSearch(graph, box.Set, new RangeSearchOptions { MaxBoxes = 10 });
        var range = search.Search(box.Centre);
        Assert.That(range.Upper[0], Is.EqualTo(14).Within(1e-5));
        Assert.That(range.Lower[0], Is.LessThanOrEqualTo(0));
    }

    /// <summary>Inputs of the box: random ones, random corners, and the limits.</summary>
    private static Tensor Inputs(Tensor lower, Tensor upper, int count)
    {
        var place = rand([count, .. lower.shape], dtype: float64);
        place = cat([place, place.round(), zeros_like(place.narrow(0, 0, 1)), ones_like(place.narrow(0, 0, 1))], 0);
        return (lower + (place * (upper - lower))).maximum(lower).minimum(upper);
    }

    private static TorchSharp.Modules.Linear Linear(float[][] weights)
    {
        using var noGradient = no_grad();
        var module = nn.Linear(weights[0].Length, weights.Length, hasBias: false);
        using var values = tensor(weights.SelectMany(row => row).ToArray(), [weights.Length, weights[0].Length]);
        module.weight.copy_(values);
        return module;
    }
}
