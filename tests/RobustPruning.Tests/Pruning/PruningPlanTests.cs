using RobustPruning.Graphs;
using RobustPruning.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class PruningPlanTests
{
    private Sequential _network = null!;
    private ChannelGroup _group = null!;

    [SetUp]
    public void NewNetwork()
    {
        _network = nn.Sequential(("a", nn.Linear(3, 4)), ("relu", nn.ReLU()), ("b", nn.Linear(4, 2)));
        _group = ChannelGroup.Of(Graph.Of(_network, 3)).Single();
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
    public void TheRatioIsRoundedToWholeChannels(double ratio, int removed) => Assert.That(Removed([1, 2, 3, 4], ratio), Has.Count.EqualTo(removed));

    [TestCase(-0.1)]
    [TestCase(1)]
    [TestCase(1.5)]
    [TestCase(double.NaN)]
    public void ARatioOutOfRangeIsRefused(double ratio) => Assert.That(() => Removed([1, 2, 3, 4], ratio),
        Throws.TypeOf<PruningException>().With.Message.EqualTo($"The pruning ratio {ratio} is not in [0, 1)."));

    [Test]
    public void ALayerIsNeverEmptied() => Assert.That(() => Removed([1, 2, 3, 4], 0.9),
        Throws.TypeOf<PruningException>().With.Message.EqualTo("Pruning would empty layer 'a', which has 4 channels."));

    [Test]
    public void WidthsThatDoNotFitAreRefused()
    {
        var scores = new Dictionary<ChannelGroup, double[]> { [_group] = [1, 2, 3, 4] };
        Assert.That(() => PruningPlan.Create(scores, _ => 0), Throws.TypeOf<PruningException>().With.Message.Contains("'a'"));
        Assert.That(() => PruningPlan.Create(scores, _ => 5), Throws.TypeOf<PruningException>().With.Message.EqualTo("Layer 'a' has 4 channels and cannot keep 5."));
        Assert.That(PruningPlan.Create(scores, _ => 4).Removed[_group], Is.Empty);
    }

    [Test]
    public void ScoresThatAreNoNumbersOrTooFewAreRefused()
    {
        Assert.That(() => Removed([1, double.NaN, 3, 4], 0.5), Throws.TypeOf<PruningException>().With.Message.EqualTo("Layer 'a' needs 4 finite scores, one a channel."));
        Assert.That(() => Removed([1, double.PositiveInfinity, 3, 4], 0.5), Throws.TypeOf<PruningException>());
        Assert.That(() => Removed([1, 2, 3], 0.5), Throws.TypeOf<PruningException>());
    }

    [Test]
    public void APlanReadsAsALineAGroup() =>
        Assert.That(PruningPlan.Create(new Dictionary<ChannelGroup, double[]> { [_group] = [1, 2, 0, 4] }, 0.5).ToString(),
            Is.EqualTo("remove 2 of 4 channels of a, read by b: 0, 2"));

    [Test]
    public void APlanForAnotherNetworkIsRefused()
    {
        using var other = nn.Sequential(("a", nn.Linear(3, 4)), ("relu", nn.ReLU()), ("b", nn.Linear(4, 2)));
        var plan = PruningPlan.Create(new Dictionary<ChannelGroup, double[]> { [_group] = [1, 2, 3, 4] }, 0.5);
        Assert.That(() => ChannelPruner.Apply(Graph.Of(other, 3), plan), Throws.TypeOf<PruningException>().With.Message.Contains("'a' of another network"));
    }

    private IReadOnlyList<int> Removed(double[] scores, double ratio) =>
        PruningPlan.Create(new Dictionary<ChannelGroup, double[]> { [_group] = scores }, ratio).Removed[_group];
}
