using RobustPruning.Certification;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>
/// Valid certificates with one thing changed, by somebody who writes a new file with a new digest: every one is refused.
/// </summary>
public sealed class TamperingTests
{
    private static readonly Dictionary<string, Func<RandomCertificates, Certificate, Random, Certificate?>> Changes = new()
    {
        ["a bound narrowed"] = (_, valid, random) => WithBound(valid, random, widen: -1),
        ["a bound widened"] = (_, valid, random) => WithBound(valid, random, widen: 1),
        ["a leaf removed"] = (_, valid, random) => valid with { Leaves = Without(valid.Leaves, random.Next(valid.Leaves.Count)) },
        ["a leaf duplicated"] = (_, valid, random) =>
            valid with { Leaves = [.. valid.Leaves, valid.Leaves[random.Next(valid.Leaves.Count)]] },
        ["a leaf moved"] = (_, valid, random) =>
            WithBox(valid, random, (low, high) => (low + ((high - low) * 0.01), high + ((high - low) * 0.01))),
        ["a leaf shrunk"] = (_, valid, random) => WithBox(valid, random, (low, high) => (low + ((high - low) * 0.01), high)),
        ["a leaf grown"] = (_, valid, random) => WithBox(valid, random, (low, high) => (low, high + ((high - low) * 0.01))),
        ["a leaf halved"] = (_, valid, random) => Halved(valid, random),
        ["two leaves' bounds exchanged"] = (_, valid, _) => Exchanged(valid),
        ["the model's digest"] = (_, valid, random) => valid with { ModelDigest = WithCharacter(valid.ModelDigest, random) },
        ["the image's digest"] = (_, valid, random) => valid with { ImageDigest = WithCharacter(valid.ImageDigest, random) },
        ["a verdict"] = (_, valid, random) => WithVerdict(valid, random),
        ["a claim removed"] = (_, valid, _) => valid with { Claims = [.. valid.Claims.Skip(1)] },
        ["a counterexample's θ"] = Elsewhere,
        ["a θ outside the set"] = (_, valid, _) =>
            WithCounterexample(valid, (set, found) => found with { Theta = [.. set.Box.Upper.Select((high, k) => high + 1 + k)] }),
        ["a counterexample's output"] = (_, valid, _) =>
            WithCounterexample(valid, (_, found) => found with { Output = [.. found.Output.Select(y => (y * 1.01) + 1e-3)] }),
        ["a counterexample's violation"] = (_, valid, _) =>
            WithCounterexample(valid, (_, found) => found with { Violation = found.Violation * 1.01 }),
        ["a prediction"] = (_, valid, random) => valid with { Predicted = Changed(valid.Predicted, random) },
        ["a reference"] = (_, valid, random) => valid with { Reference = Changed(valid.Reference, random) },
        ["the set's range"] = (_, valid, random) => valid with { PerturbationSet = Wider(valid.PerturbationSet, random) },
        ["the set's noise"] = (_, valid, _) =>
            IsSensitive(valid) ? valid with { PerturbationSet = valid.PerturbationSet.WithNoise(valid.PerturbationSet.Noise + 0.1) } : null,
        ["the number of boxes"] = (_, valid, _) => valid with { Boxes = valid.Leaves.Count - 1 },
    };

    private readonly List<RandomCertificates> _valid = [];
    private int _seed;
    private string _path = null!;

    private static IEnumerable<string> Names => Changes.Keys;

    [OneTimeSetUp]
    public void Certify()
    {
        _path = Path.GetTempFileName();
        _seed = TestEnvironment.FreshSeed();
        for (var number = 0;
            number < 5
                || Changes.Values.Any(change => !_valid.Any(random => change(random, random.Certificate, new Random(_seed)) is not null));
            number++)
            _valid.Add(RandomCertificates.Of(unchecked(_seed + number), boxes: 8));
    }

    [OneTimeTearDown]
    public void Clean()
    {
        File.Delete(_path);
        _valid.ForEach(random => random.Dispose());
    }

    [TestCaseSource(nameof(Names))]
    public void IsRefused(string change)
    {
        var refused = 0;
        foreach (var random in _valid)
        {
            if (Changes[change](random, random.Certificate, new Random(_seed)) is not { } changed)
                continue;
            var refusal = Refusal(changed, random);
            Assert.That(refusal, Is.Not.Null, $"{change}, certificate {_valid.IndexOf(random)}, seed {_seed}");
            TestContext.Out.WriteLine(refusal);
            refused++;
        }

        Assert.That(refused, Is.Positive);
    }

    [Test]
    public void UnchangedTheyAreAccepted() => Assert.That(_valid.Select(random => Refusal(random.Certificate, random)), Is.All.Null);

    /// <summary>A smaller tolerance that the verdicts do not follow at; at any other, they are still true.</summary>
    [Test]
    public void AToleranceThatIsNotProvedIsRefused()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        var valid = certifier.Certify(image);
        Assert.That((valid.Certified, valid.Falsified), Is.EqualTo((1, 1)));
        foreach (var tolerance in new[] { 0.999, 2.001 })
            Assert.That((valid with { Property = new KeypointProperty(tolerance) }).Check(network, image).IsValid, Is.False);
    }

    [Test]
    public void BoundsThatAreFalseTogetherWithTheirVerdictAreRefused()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        var valid = certifier.Certify(image);
        var forged = valid with
        {
            Leaves = [.. valid.Leaves.Select(leaf => leaf with { Lower = valid.Predicted, Upper = valid.Predicted })],
            Claims = [.. valid.Claims.Select(claim => new ClaimResult(claim.Index, Verdict.Certified, null))],
        };
        var check = forged.Check(network, image);
        Assert.That(check.Problems, Has.Some.Contains("is stated to be in").And.Some.Contains("does not prove keypoint 1"));
        Assert.That(() => check.RequireValid(), Throws.TypeOf<CertificateException>());
    }

    /// <summary>Infinities the wrong way round prove every claim, if nobody looks.</summary>
    [Test]
    public void BoundsBeyondEveryNumberAreRefused([Values] bool everyOutput)
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        var valid = certifier.Certify(image);
        var open = valid.Claims.First(claim => claim.Verdict == Verdict.Falsified).Index;
        double[] Forged(IReadOnlyList<double> bounds, double beyond) =>
            [.. bounds.Select((bound, value) => everyOutput || value / 2 == open ? beyond : bound)];
        var forged = valid with
        {
            Leaves = [.. valid.Leaves.Select(leaf => leaf with
            {
                Lower = Forged(leaf.Lower, double.PositiveInfinity),
                Upper = Forged(leaf.Upper, double.NegativeInfinity),
            })],
            Claims = [.. valid.Claims.Select(claim => new ClaimResult(claim.Index, Verdict.Certified, null))],
        };
        Assert.That(forged.Check(network, image).Problems, Has.Some.Contains($"does not prove keypoint {open}"));
    }

    [Test]
    public void AnotherNetworkImageOrSetIsRefused()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var seed = TestEnvironment.FreshSeed();
        using var random = RandomCertificates.Of(seed);
        var pick = new Random(seed);
        var parameter = random.Network.parameters().ElementAt(pick.Next(random.Network.parameters().Count()));
        using (var flat = parameter.flatten())
            Nudge(flat, pick.Next((int)flat.numel()));
        Assert.That(random.Check().Problems, Is.EqualTo(new[] { "It is about another network." }));

        using var other = RandomCertificates.Of(seed);
        using (var pixels = other.Image.flatten())
            Nudge(pixels, pick.Next((int)pixels.numel()));
        Assert.That(other.Check().Problems, Is.EqualTo(new[] { "It is about another image." }));

        using var third = RandomCertificates.Of(seed);
        var set = third.Certificate.PerturbationSet;
        Assert.That(
            third.Certificate.Check(third.Graph, third.Image, set.Scaled(0.5)).Problems,
            Has.One.Contains("another perturbation set"));
        Assert.That(third.Certificate.Check(third.Graph, third.Image, set).IsValid, Is.True);

        // By one unit in the last place.
        static void Nudge(Tensor values, int index)
        {
            var before = values[index].item<float>();
            values[index] = tensor(before >= 1 ? MathF.BitDecrement(before) : MathF.BitIncrement(before));
        }
    }

    [Test]
    public void BufferStatisticsCount()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = nn.Sequential(("bn", nn.BatchNorm2d(1)), ("flatten", nn.Flatten()), ("fc", nn.Linear(4, 2)));
        network.eval();
        var graph = RobustPruning.Graphs.Graph.Of(network, 1, 2, 2);
        using var image = rand(1, 2, 2);
        using var certifier = new Certifier(graph, PlantedDetector.Light(), 1);
        var certificate = certifier.Certify(image);
        Assert.That(certificate.Check(graph, image).IsValid, Is.True);
        network.named_buffers().First(buffer => buffer.name.EndsWith("running_mean")).buffer.add_(1e-6);
        Assert.That(certificate.Check(graph, image).Problems, Is.EqualTo(new[] { "It is about another network." }));
    }

    /// <summary>Why the changed certificate does not pass, on the way through a file or in the check; null if it does.</summary>
    private string? Refusal(Certificate changed, RandomCertificates random)
    {
        changed.Save(_path);
        try
        {
            var check = random.Check(Certificate.Load(_path));
            return check.IsValid ? null : check.ToString();
        }
        catch (CertificateException error)
        {
            return error.Message;
        }
    }

    /// <summary>A bound beyond the slack, inwards or outwards, where the leaf says something.</summary>
    private static Certificate? WithBound(Certificate valid, Random random, int widen)
    {
        var index = random.Next(valid.Leaves.Count);
        var leaf = valid.Leaves[index];
        if (!StatedBounds.SaySomething(leaf))
            return null;
        var output = random.Next(leaf.Lower.Count);
        var step = Beyond(leaf, output) * widen;
        double[] lower = [.. leaf.Lower], upper = [.. leaf.Upper];
        if (random.Next(2) == 0)
            lower[output] -= step;
        else
            upper[output] += step;
        return valid with { Leaves = With(valid.Leaves, index, new Leaf(leaf.Box, lower, upper)) };
    }

    private static Certificate WithBox(Certificate valid, Random random, Func<double, double, (double, double)> change)
    {
        var (index, side) = (random.Next(valid.Leaves.Count), random.Next(valid.PerturbationSet.Dimension));
        var leaf = valid.Leaves[index];
        double[] lower = [.. leaf.Box.Lower], upper = [.. leaf.Box.Upper];
        (lower[side], upper[side]) = change(lower[side], upper[side]);
        return valid with { Leaves = With(valid.Leaves, index, leaf with { Box = new ParameterBox(lower, upper) }) };
    }

    /// <summary>One half of a leaf alone, where the other is of the set too.</summary>
    private static Certificate? Halved(Certificate valid, Random random)
    {
        var (index, side) = (random.Next(valid.Leaves.Count), random.Next(valid.PerturbationSet.Dimension));
        var leaf = valid.Leaves[index];
        var halves = leaf.Box.Halve(side);
        return halves.All(valid.PerturbationSet.IsAdmissible)
            ? valid with
            {
                Leaves = With(valid.Leaves, index, leaf with { Box = halves[0] }),
            }
            : null;
    }

    /// <summary>Two leaves with bounds that differ.</summary>
    private static Certificate? Exchanged(Certificate valid)
    {
        var first = valid.Leaves[0];
        if (valid.Leaves.FirstOrDefault(leaf =>
                leaf.Lower.Zip(first.Lower)
                    .Index()
                    .Any(pair =>
                        Math.Abs(pair.Item.First - pair.Item.Second) > Math.Max(Beyond(first, pair.Index), Beyond(leaf, pair.Index))))
            is not { } second)
            return null;
        return valid with
        {
            Leaves = [.. valid.Leaves.Select(
                leaf => leaf == first ? second with { Box = first.Box } : leaf == second ? first with { Box = second.Box } : leaf)],
        };
    }

    /// <summary>More than a bound may be off by.</summary>
    private static double Beyond(Leaf leaf, int output) =>
        (3 * StatedBounds.Slack(leaf.Lower.Concat(leaf.Upper)))
        + (2 * StatedBounds.RoundingShare * (leaf.Upper[output] - leaf.Lower[output]));

    /// <summary>Whether the outputs move: otherwise another set may prove the same.</summary>
    private static bool IsSensitive(Certificate valid) =>
        valid.Leaves.All(StatedBounds.SaySomething)
        && valid.Leaves.Any(leaf =>
            leaf.Upper.Zip(leaf.Lower, (high, low) => high - low).Max() > 100 * StatedBounds.Slack(leaf.Upper.Concat(leaf.Lower)));

    private static Certificate WithVerdict(Certificate valid, Random random)
    {
        var index = random.Next(valid.Claims.Count);
        var others = Enum.GetValues<Verdict>().Where(verdict => verdict != valid.Claims[index].Verdict).ToArray();
        return valid with { Claims = With(valid.Claims, index, valid.Claims[index] with { Verdict = others[random.Next(others.Length)] }) };
    }

    private static Certificate? WithCounterexample(Certificate valid, Func<SemanticSet, Counterexample, Counterexample> change) =>
        valid.Claims.FirstOrDefault(claim => claim.Verdict == Verdict.Falsified) is { } claim
            ? valid with
            {
                Claims = With(
                    valid.Claims,
                    claim.Index,
                    claim with
                    {
                        Counterexample = change(valid.PerturbationSet, claim.Counterexample!),
                    }),
            }
            : null;

    /// <summary>A counterexample at a θ whose output is clearly another than the stated one; null if none is found.</summary>
    private static Certificate? Elsewhere(RandomCertificates of, Certificate valid, Random random) =>
        valid.Claims.FirstOrDefault(claim => claim.Verdict == Verdict.Falsified)?.Counterexample is { } found
        && valid.PerturbationSet.Box.Sample(20, random).FirstOrDefault(theta => IsClearlyAnother(of, found with { Theta = theta }))
            is { } other
            ? WithCounterexample(valid, (_, counterexample) => counterexample with { Theta = other })
            : null;

    /// <summary>Whether the output at a counterexample's θ is off the one it states by twice what a check allows.</summary>
    private static bool IsClearlyAnother(RandomCertificates of, Counterexample moved)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var output = of.Network.forward(moved.Input(of.Certificate.PerturbationSet, of.Image)).Numbers();
        return output.Zip(moved.Output).Any(pair => Math.Abs(pair.First - pair.Second) > 2 * StatedBounds.Slack(output));
    }

    private static SemanticSet Wider(SemanticSet set, Random random)
    {
        double[] lower = [.. set.Box.Lower], upper = [.. set.Box.Upper];
        var side = random.Next(set.Dimension);
        (lower[side], upper[side]) =
            random.Next(2) == 0
                ? (lower[side], Math.BitIncrement(upper[side]))
                : (lower[side] + ((upper[side] - lower[side]) * 0.1), upper[side]);
        return set.WithLimits(new ParameterBox(lower, upper));
    }

    private static double[] Changed(IReadOnlyList<double> values, Random random)
    {
        double[] changed = [.. values];
        changed[random.Next(changed.Length)] += 1e-3 * (1 + values.Max(Math.Abs));
        return changed;
    }

    private static string WithCharacter(string digest, Random random)
    {
        var index = random.Next(digest.Length);
        return digest[..index] + (digest[index] == '0' ? '1' : '0') + digest[(index + 1)..];
    }

    private static T[] With<T>(IReadOnlyList<T> list, int index, T value) => [.. list.Select((item, at) => at == index ? value : item)];

    private static T[] Without<T>(IReadOnlyList<T> list, int index) => [.. list.Where((_, at) => at != index)];
}
