using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class PolicyTests
{
    [Test]
    public void MagnitudeIsTheEuclideanNormOfEachChannelsWeights()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 3, 2L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(3, 2, 1L)));
        using var images = rand(2, 2, 4, 4);
        var score = new MagnitudePolicy().Score(Context(network, images)).Values.Single();
        var weights = network.parameters().First().Numbers();
        for (var channel = 0; channel < 3; channel++)
        {
            var sum = 0.0;
            for (var index = 8 * channel; index < 8 * (channel + 1); index++)
                sum += weights[index] * weights[index];
            Assert.That(score[channel], Is.EqualTo(Math.Sqrt(sum)).Within(1e-12));
        }
    }

    [Test]
    public void RandomDependsOnItsSeedAlone()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 3, 2L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(3, 2, 1L)));
        using var images = rand(2, 2, 4, 4);
        var context = Context(network, images);
        Assert.That(new RandomPolicy(1).Score(context).Values.Single(), Is.EqualTo(new RandomPolicy(1).Score(context).Values.Single()));
        Assert.That(new RandomPolicy(2).Score(context).Values.Single(), Is.Not.EqualTo(new RandomPolicy(1).Score(context).Values.Single()));
    }

    [Test]
    public void AUsersOwnMetricDecidesWhatRawUsnPrunes()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 4, 2L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(4, 2, 1L)));
        using var images = rand(2, 2, 4, 4);
        var metric = new PlantedMetric(channel => channel == 2 ? 9 : 1, _ => 1);
        var context = Context(network, images);
        var scores = new LowestUsnPolicy(UsnRanking.Raw, metric).Score(context);
        Assert.That(scores.Values.Single(), Is.EqualTo(new[] { 0.5, 0.5, 0.1, 0.5 }).Within(1e-7));
        Assert.That(PruningPlan.Create(context.Network, scores, new() { Ratio = 0.25 }).Removed.Values.Single(), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void RelativeUsnComparesWithTheNaturalVariance()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 4, 2L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(4, 2, 1L)));
        using var images = rand(2, 2, 4, 4);
        var scores = new LowestUsnPolicy(UsnRanking.Relative, new PlantedMetric(channel => channel, channel => 4 - channel)).Score(
            Context(network, images));
        Assert.That(scores.Values.Single(), Is.EqualTo(new[] { 1, 0.75, 0.5, 0.25 }).Within(1e-7));
    }

    [Test]
    public void TheRankSumAddsTheRanksOfRelativeUsnAndTaylor()
    {
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [1],
                        [1],
                        [1],
                    ],
                    0,
                    0,
                    0)),
            ("relu", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [1, 3, 2],
                    ],
                    0)));
        using var images = ones(1, 1, 1, 1);
        var scores = new LowestUsnPolicy(UsnRanking.RankSum, new PlantedMetric(_ => 1, channel => channel)).Score(
            Context(network, images, outputs => outputs.sum()));

        // Relative USN ranks 0, 1, 2; Taylor importance 1, 3, 2 ranks 0, 2, 1; the greatest rank is 2.
        Assert.That(scores.Values.Single(), Is.EqualTo(new[] { 0, 1.5, 1.5 }));
    }

    [Test]
    public void RobustImportanceIsTheProductOfRelativeUsnAndTaylor()
    {
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [1],
                        [1],
                        [1],
                    ],
                    0,
                    0,
                    0)),
            ("relu", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [1, 3, 2],
                    ],
                    0)));
        using var images = ones(1, 1, 1, 1);
        var scores = new LowestUsnPolicy(UsnRanking.RobustImportance, new PlantedMetric(_ => 1, channel => channel)).Score(
            Context(network, images, outputs => outputs.sum()));

        // Relative USN 0, 1/2, 2/3; Taylor importance 1, 3, 2.
        Assert.That(scores.Values.Single(), Is.EqualTo(new[] { 0, 1.5, 4 / 3.0 }).Within(1e-6));
    }

    [Test]
    public void ContributionsAreComparedAcrossLayers()
    {
        // Both layers move alike, but a's moves are tripled on their way to the output.
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [1],
                        [1],
                    ],
                    0,
                    0)),
            ("relu", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [3, 0],
                        [0, 3],
                    ],
                    0,
                    0)),
            ("relu2", nn.ReLU()),
            (
                "c",
                PlantedNetwork.Linear(
                    [
                        [1, 0],
                        [0, 1],
                    ],
                    0,
                    0)));
        using var images = ones(1, 1, 1, 1);
        var scores = new LowestUsnPolicy(UsnRanking.Contribution, new PlantedMetric(channel => channel, _ => 1)).Score(
            Context(network, images));
        Assert.That(scores.Values.Select(score => score[0]), Is.EqualTo(new double[] { 1, 1 }));
        Assert.That(scores.Values.Select(score => score[1]), Is.EqualTo(new[] { 0.1, 0.5 }).Within(1e-6));
    }

    [Test]
    public void EveryPolicyScoresChannelsThatAreRectifiedAfterAFlatten()
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 3, 2L)), ("flatten", nn.Flatten()), ("relu", nn.ReLU()), ("fc", nn.Linear(27, 2)));
        using var images = rand(3, 1, 4, 4);
        using (no_grad())
            network.get_parameter("conv.weight")!.abs_();
        var context = Context(network, images);
        foreach (IPruningPolicy policy in (IPruningPolicy[])
                [
                    new LowestUsnPolicy(UsnRanking.RankSum), new LowestUsnPolicy(UsnRanking.Raw), new TaylorPolicy(), new MagnitudePolicy(),
                    new RandomPolicy(0),
                ])
            Assert.That(
                PruningPlan.Create(context, policy, new() { Ratio = 0.4 }).Removed.Values.Single(),
                Has.Count.EqualTo(1),
                policy.Name);
    }

    [Test]
    public void EveryPolicyScoresNetworksOfAnyTopology()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 20; number++)
        {
            using var network = RandomGraphs.Network(unchecked(seed + number));
            using var images = rand([4, .. network.Graph.Input.Shape]);
            var context = Context(network, images);
            if (context.Groups.Count == 0)
                continue;
            foreach (IPruningPolicy policy in (IPruningPolicy[])
                    [
                        new LowestUsnPolicy(), new LowestUsnPolicy(UsnRanking.Contribution), new TaylorPolicy(), new MagnitudePolicy(),
                        new RandomPolicy(0),
                    ])
            {
                // A contribution needs a Lipschitz constant, and a product has none.
                if (policy.Name == "USN, contribution" && network.Graph.Nodes.Any(node => node is ProductNode))
                {
                    Assert.That(
                        () => policy.Score(context),
                        Throws.TypeOf<GraphException>().With.Message.Contains("no Lipschitz constant is known"));
                    continue;
                }

                var scores = policy.Score(context);
                Assert.That(scores.Keys, Is.EquivalentTo(context.Groups));
                Assert.That(scores.All(entry => entry.Value.Length == entry.Key.Width && entry.Value.All(double.IsFinite)), policy.Name);
            }
        }
    }

    [Test]
    public void BatchNormScaleSumsTheScalesOfAGroupAndLeavesOthersAlone()
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 2, 1L)), ("bn", nn.BatchNorm2d(2)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(2, 3, 1L)),
            ("relu2", nn.ReLU()), ("conv3", nn.Conv2d(3, 1, 1L)));
        network.get_parameter("bn.weight")!.Set(-3, 2);
        using var images = rand(2, 1, 4, 4);
        var scores = new BatchNormScalePolicy().Score(Context(network, images));
        Assert.That(scores.Single().Key.Name, Is.EqualTo("conv"));
        Assert.That(scores.Single().Value, Is.EqualTo(new double[] { 3, 2 }));

        using var plain = nn.Sequential(("a", nn.Conv2d(1, 2, 1L)), ("b", nn.Conv2d(2, 1, 1L)));
        Assert.That(() => new BatchNormScalePolicy().Score(Context(plain, images)), Throws.TypeOf<PruningException>());
    }

    [Test]
    public void PerMacDividesByWhatAChannelSaves()
    {
        // A channel of a saves 4·(1 + 2) MACs on 2×2 maps, one of b 4·2 + 4·1.
        using var network = nn.Sequential(
            ("a", nn.Conv2d(1, 3, 1L)), ("relu", nn.ReLU()), ("b", nn.Conv2d(3, 2, 1L)), ("relu2", nn.ReLU()), ("c", nn.Conv2d(2, 1, 1L)));
        using var images = rand(2, 1, 2, 2);
        var context = Context(network, images);
        var scores = new PerMacPolicy(new Planted(6)).Score(context);
        Assert.That(scores[context.Groups[0]], Is.EqualTo(new[] { 0.5, 0.5, 0.5 }));
        Assert.That(scores[context.Groups[1]], Is.EqualTo(new[] { 0.375, 0.375 }));
        Assert.That(
            () => new PerMacPolicy(new Planted(-1)).Score(context),
            Throws.TypeOf<PruningException>().With.Message.Contains("'a'").And.Message.Contains("-1"));
    }

    private sealed class Planted(double score) : IPruningPolicy
    {
        public string Name => "planted";

        public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default) =>
            context.Groups.ToDictionary(group => group, group => Enumerable.Repeat(score, group.Width).ToArray());
    }

    [Test]
    public void AnotherMetricHasAnotherName() =>
        Assert.That(
            new LowestUsnPolicy(metric: new BoundUsnMetric()).Name,
            Does.StartWith("USN, robust importance (bounds, ").And.Not.EqualTo(new LowestUsnPolicy().Name));

    [Test]
    public void NamesAreForReports() =>
        Assert.That(
            (
                (IPruningPolicy[])
                    [
                        new LowestUsnPolicy(UsnRanking.RankSum), new LowestUsnPolicy(UsnRanking.Raw),
                        new LowestUsnPolicy(UsnRanking.Relative), new LowestUsnPolicy(UsnRanking.Contribution), new LowestUsnPolicy(),
                        new TaylorPolicy(), new MagnitudePolicy(), new RandomPolicy(0), new BatchNormScalePolicy(),
                        new PerMacPolicy(new TaylorPolicy()),
                    ]).Select(policy => policy.Name),
            Is.EqualTo(
                new[]
                {
                    "USN, rank sum", "USN, raw", "USN, relative", "USN, contribution", "USN, robust importance", "Taylor", "magnitude",
                    "random, seed 0", "batch-norm scale", "Taylor, per MAC saved",
                }));

    [Test]
    public void NothingLeaks()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 4, 2L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(4, 2, 1L)));
        using var images = rand(2, 2, 4, 4);
        var context = Context(network, images);
        Assert.That(
            LiveTensors.Growth(20, () => new LowestUsnPolicy(metric: new SampledUsnMetric(2)).Score(context)),
            Is.LessThanOrEqualTo(0));
    }

    private static PruningContext Context(nn.Module<Tensor, Tensor> network, Tensor images, Func<Tensor, Tensor>? loss = null) =>
        new(
            Graph.Of(network, images.shape[1..]),
            images,
            SemanticSet.Of(new Brightness(-0.1, 0.1)),
            (outputs, _) => loss?.Invoke(outputs) ?? outputs.square().mean());
}
