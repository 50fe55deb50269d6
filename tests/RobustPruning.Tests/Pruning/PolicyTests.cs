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
        var scores = new LowestUsnPolicy(UsnRanking.Raw, metric).Score(Context(network, images));
        Assert.That(scores.Values.Single(), Is.EqualTo(new[] { 0.5, 0.5, 0.1, 0.5 }).Within(1e-7));
        Assert.That(PruningPlan.Create(scores, 0.25).Removed.Values.Single(), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void RelativeUsnComparesWithTheNaturalVariance()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 4, 2L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(4, 2, 1L)));
        using var images = rand(2, 2, 4, 4);
        var scores = new LowestUsnPolicy(UsnRanking.Relative, new PlantedMetric(channel => channel, channel => 4 - channel)).Score(Context(network, images));
        Assert.That(scores.Values.Single(), Is.EqualTo(new[] { 1, 0.75, 0.5, 0.25 }).Within(1e-7));
    }

    [Test]
    public void TheRankSumAddsTheRanksOfRelativeUsnAndTaylor()
    {
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[1], [1], [1]], 0, 0, 0)), ("relu", nn.ReLU()),
            ("b", PlantedNetwork.Linear([[1, 3, 2]], 0)));
        using var images = ones(1, 1, 1, 1);
        var scores = new LowestUsnPolicy(UsnRanking.RankSum, new PlantedMetric(_ => 1, channel => channel)).Score(Context(network, images, outputs => outputs.sum()));

        // Relative USN ranks 0, 1, 2; Taylor importance 1, 3, 2 ranks 0, 2, 1.
        Assert.That(scores.Values.Single(), Is.EqualTo(new double[] { 0, 3, 3 }));
    }

    [Test]
    public void EqualValuesShareTheMeanOfTheirRanks()
    {
        Assert.That(LowestUsnPolicy.Ranks([5, 1, 1, 3]), Is.EqualTo(new[] { 3, 0.5, 0.5, 2 }));
        Assert.That(LowestUsnPolicy.Ranks([2, 2, 2]), Is.EqualTo(new double[] { 1, 1, 1 }));
        Assert.That(LowestUsnPolicy.Ranks([]), Is.Empty);
    }

    [Test]
    public void EveryPolicyScoresChannelsThatAreRectifiedAfterAFlatten()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 3, 2L)), ("flatten", nn.Flatten()), ("relu", nn.ReLU()), ("fc", nn.Linear(27, 2)));
        using var images = rand(3, 1, 4, 4);
        foreach (IPruningPolicy policy in (IPruningPolicy[])[new LowestUsnPolicy(), new LowestUsnPolicy(UsnRanking.Raw), new TaylorPolicy(), new MagnitudePolicy(), new RandomPolicy(0)])
            Assert.That(PruningPlan.Create(policy.Score(Context(network, images)), 0.4).Removed.Values.Single(), Has.Count.EqualTo(1), policy.Name);
    }

    [Test]
    public void NamesAreForReports() => Assert.That(
        ((IPruningPolicy[])[new LowestUsnPolicy(), new LowestUsnPolicy(UsnRanking.Raw), new LowestUsnPolicy(UsnRanking.Relative), new TaylorPolicy(), new MagnitudePolicy(), new RandomPolicy(0)])
            .Select(policy => policy.Name), Is.EqualTo(new[] { "USN, rank sum", "USN, raw", "USN, relative", "Taylor", "magnitude", "random" }));

    [Test]
    public void NothingLeaks()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 4, 2L)), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(4, 2, 1L)));
        using var images = rand(2, 2, 4, 4);
        var context = Context(network, images);
        Assert.That(LiveTensors.Growth(20, () => new LowestUsnPolicy(metric: new SampledUsnMetric(2)).Score(context)), Is.LessThanOrEqualTo(0));
    }

    private static PruningContext Context(nn.Module<Tensor, Tensor> network, Tensor images, Func<Tensor, Tensor>? loss = null) => new(
        Graph.Of(network, images.shape[1..]), images, SemanticSet.Of(new Brightness(-0.1, 0.1)), (outputs, _) => loss?.Invoke(outputs) ?? outputs.square().mean());
}
