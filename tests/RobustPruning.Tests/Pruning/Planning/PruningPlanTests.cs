using RobustPruning.Graphs;
using RobustPruning.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class PruningPlanTests
{
    private Sequential _network = null!;
    private Graph _graph = null!;
    private ChannelGroup _group = null!;

    [SetUp]
    public void NewNetwork()
    {
        _network = nn.Sequential(("a", nn.Linear(3, 4)), ("relu", nn.ReLU()), ("b", nn.Linear(4, 2)));
        _graph = Graph.Of(_network, 3);
        _group = ChannelGroup.Of(_graph).Single();
    }

    [TearDown]
    public void DisposeNetwork() => _network.Dispose();

    [Test]
    public void TheLowestScoresLeave() => Assert.That(Removed([4, 1, 3, 2], 0.5), Is.EqualTo(new[] { 1, 3 }));

    [Test]
    public void OfEqualScoresTheHigherIndicesLeaveAndNeverMoreThanAsked()
    {
        Assert.That(Removed([1, 1, 1, 1], 0.5), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(Removed([2, 1, 2, 1], 0.25), Is.EqualTo(new[] { 3 }));
        Assert.That(Removed([0.0, -0.0, 0, -0.0], 0.75), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [TestCase(0, 0)]
    [TestCase(0.12, 0)]
    [TestCase(0.13, 1)]
    [TestCase(0.375, 2)]
    [TestCase(0.87, 3)]
    public void TheRatioIsRoundedToWholeChannels(double ratio, int removed) =>
        Assert.That(Removed([1, 2, 3, 4], ratio), Has.Count.EqualTo(removed));

    [TestCase(-0.1)]
    [TestCase(1)]
    [TestCase(1.5)]
    [TestCase(double.NaN)]
    public void ARatioOutOfRangeIsRefused(double ratio) => Assert.That(() => Removed([1, 2, 3, 4], ratio),
        Throws.TypeOf<PruningException>().With.Message.EqualTo($"The pruning ratio {ratio} is not in [0, 1)."));

    [Test]
    public void ALayerIsNeverEmptied()
    {
        Assert.That(
            () => Removed([1, 2, 3, 4], 0.9),
            Throws.TypeOf<PruningException>().With.Message.StartsWith(
                "A pruning ratio of 0.9 would empty layer 'a', which has 4 channels."));
        Assert.That(() => PruningPlan.Nothing(_graph).Remove(_group, 0, 1, 2, 3),
            Throws.TypeOf<PruningException>().With.Message.EqualTo("Pruning would empty layer 'a', which has 4 channels."));
    }

    [Test]
    public void WhereNoChannelMayLeaveEveryMeasureIsRefused([Values] PruningMeasure measure, [Values] PruningScope scope)
    {
        var options = new PruningOptions { Ratio = 0.5, Measure = measure, Scope = scope, Excluded = ["a"] };
        Assert.That(() => PruningPlan.Create(_graph, new Dictionary<ChannelGroup, double[]> { [_group] = [1, 2, 3, 4] }, options),
            Throws.TypeOf<PruningException>().With.Message.Contains("no channel may leave"));
        Assert.That(PruningPlan.Create(_graph, new Dictionary<ChannelGroup, double[]>(), options with { Ratio = 0 }).ChannelRatio, Is.Zero);
    }

    [Test]
    public void ALayerOfOneChannelStaysWhole()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 8)), ("b", nn.Linear(8, 1)), ("c", nn.Linear(1, 6)), ("d", nn.Linear(6, 2)));
        var graph = Graph.Of(network, 3);
        var plan = PruningPlan.Create(
            graph,
            ChannelGroup.Of(graph).ToDictionary(group => group, group => new double[group.Width]),
            new() { Ratio = 0.5 });
        using var pruned = ChannelPruner.Apply(graph, plan);

        // Half of 8 + 1 + 6 channels, rounded away from zero, is 8: they come from the other layers.
        Assert.That(pruned.Graph.Nodes.First(node => node.Name == "b").Channels, Is.EqualTo(1));
        Assert.That(pruned.Graph.Nodes.Select(node => node.Channels).Sum(), Is.EqualTo(3 + (15 - 8) + 2));
    }

    [Test]
    public void ScoresThatAreNoNumbersOrTooFewAreRefused()
    {
        Assert.That(
            () => Removed([1, double.NaN, 3, 4], 0.5),
            Throws.TypeOf<PruningException>().With.Message.EqualTo("Group 'a' needs 4 finite scores, one a channel."));
        Assert.That(() => Removed([1, double.PositiveInfinity, 3, 4], 0.5), Throws.TypeOf<PruningException>());
        Assert.That(() => Removed([1, 2, 3], 0.5), Throws.TypeOf<PruningException>());
    }

    [Test]
    public void APlanReadsAsALineAGroupAndWhatItComesTo() =>
        Assert.That(Plan([1, 2, 0, 4], 0.5).ToString().Split(Environment.NewLine), Is.EqualTo(new[]
        {
            "remove 2 of 4 channels of a, read by b: 0, 2",
            "gone: 50.0 % of the channels, 46.2 % of the parameters, 50.0 % of the MACs",
        }));

    [Test]
    public void AnEditGivesAnotherPlan()
    {
        var plan = Plan([1, 2, 0, 4], 0.5);
        Assert.That(plan.Remove(_group, 2, 3).Removed[_group], Is.EqualTo(new[] { 0, 2, 3 }));
        Assert.That(plan.Keep(_group, 0, 1).Removed[_group], Is.EqualTo(new[] { 2 }));
        Assert.That(plan.Removed[_group], Is.EqualTo(new[] { 0, 2 }));

        // A group from another call is the same one.
        Assert.That(plan.Keep(ChannelGroup.Of(_graph).Single(), 0).ChannelRatio, Is.EqualTo(0.25));
    }

    [TestCase(-1)]
    [TestCase(4)]
    public void AnEditOfAChannelThatIsNotThereIsRefused(int channel) => Assert.That(() => Plan([1, 2, 0, 4], 0.5).Remove(_group, channel),
        Throws.TypeOf<PruningException>().With.Message.EqualTo($"Group 'a' has 4 channels, and no channel {channel}."));

    [Test]
    public void AGroupOfAnotherNetworkIsRefused()
    {
        using var other = nn.Sequential(("a", nn.Linear(3, 4)), ("relu", nn.ReLU()), ("b", nn.Linear(4, 2)));
        var stranger = ChannelGroup.Of(Graph.Of(other, 3)).Single();
        Assert.That(() => Plan([1, 2, 0, 4], 0.5).Remove(stranger, 1), Throws.TypeOf<PruningException>().With.Message.Contains("'a'"));
        Assert.That(() => PruningPlan.Create(_graph, new Dictionary<ChannelGroup, double[]> { [stranger] = [1, 2, 3, 4] }),
            Throws.TypeOf<PruningException>().With.Message.Contains("'a'"));
    }

    [Test]
    public void AGroupWithoutScoresStaysAndSaysSoWhenEdited()
    {
        var plan = PruningPlan.Create(_graph, new Dictionary<ChannelGroup, double[]>(), new() { Ratio = 0 });
        Assert.That(() => plan.Remove(_group, 1), Throws.TypeOf<PruningException>().With.Message.Contains("without scores"));
    }

    private PruningPlan Plan(double[] scores, double ratio) =>
        PruningPlan.Create(_graph, new Dictionary<ChannelGroup, double[]> { [_group] = scores }, new() { Ratio = ratio });

    private IReadOnlyList<int> Removed(double[] scores, double ratio) => Plan(scores, ratio).Removed[_group];
}
