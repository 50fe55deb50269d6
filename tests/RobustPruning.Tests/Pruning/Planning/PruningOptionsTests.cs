using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class PruningOptionsTests
{
    private GraphModule _network = null!;
    private Graph _graph = null!;
    private IReadOnlyList<ChannelGroup> _groups = null!;

    [SetUp]
    public void NewNetwork()
    {
        // Groups of 8, 8, 16, 16, 16 and 64 channels.
        _network = Cnn7.Create(new(Channels: 1, Height: 8, Width: 8, Keypoints: 2, WidthMultiplier: 0.125));
        _graph = _network.Graph;
        _groups = ChannelGroup.Of(_graph);
    }

    [TearDown]
    public void DisposeNetwork() => _network.Dispose();

    [Test]
    public void TheDefaults()
    {
        var options = new PruningOptions();
        Assert.That(options.Ratio, Is.EqualTo(0.5));
        Assert.That(options.Measure, Is.EqualTo(PruningMeasure.Channels));
        Assert.That(options.Scope, Is.EqualTo(PruningScope.PerGroup));
        Assert.That(options.MinimumWidth, Is.EqualTo(1));
        Assert.That(options.MaximumRatio, Is.EqualTo(1));
        Assert.That(options.Multiple, Is.EqualTo(1));
        Assert.That(options.MinimumNaturalVariance, Is.Zero);
        Assert.That(options.Excluded, Is.Empty);
        Assert.That(options.ExcludedModules, Is.Empty);
        Assert.That(options.Original, Is.Null);
    }

    [Test]
    public void EveryGroupLosesTheSameShare([Values(0.1, 0.25, 0.5, 0.9)] double ratio)
    {
        var plan = Plan(new() { Ratio = ratio });
        foreach (var (group, removed) in plan.Removed)
            Assert.That(removed.Count, Is.EqualTo(ratio * group.Width).Within(0.75), group.Name);
        Assert.That(plan.Removed.Sum(entry => entry.Value.Count), Is.EqualTo((int)Math.Round(ratio * 128, MidpointRounding.AwayFromZero)));
    }

    [Test]
    public void TargetsAreMetWithinOneChannel(
        [Values] PruningMeasure measure, [Values] PruningScope scope, [Values(0.05, 0.5, 0.8)] double ratio)
    {
        var plan = Plan(new() { Ratio = ratio, Measure = measure, Scope = scope });
        Assert.That(Share(plan), Is.GreaterThanOrEqualTo(ratio - (measure == PruningMeasure.Channels ? 0.5 / 128 : 0)));

        // One of its channels less, and the target is missed.
        var last = plan.Removed.First(entry => entry.Value.Count > 0 && Share(plan.Keep(entry.Key, entry.Value[0])) < ratio);
        Assert.That(last.Key, Is.Not.Null);

        double Share(PruningPlan made) => measure switch
        {
            PruningMeasure.Channels => made.ChannelRatio,
            PruningMeasure.Parameters => made.ParameterRatio,
            _ => made.MacRatio,
        };
    }

    [Test]
    public void TheWholeNetworkCompetesByScore()
    {
        // The last group's channels are the worst, the first's the best.
        var scores = _groups
            .Index()
            .ToDictionary(
                group => group.Item,
                group => Enumerable.Range(0, group.Item.Width).Select(channel => 100.0 - (10 * group.Index) + (channel / 100.0)).ToArray());
        var plan = PruningPlan.Create(_graph, scores, new() { Scope = PruningScope.Network });
        Assert.That(plan.Removed.Values.Select(removed => removed.Count), Is.EqualTo(new[] { 0, 0, 0, 0, 1, 63 }));
        Assert.That(plan.Removed[_groups[5]], Is.EqualTo(Enumerable.Range(0, 63)));
    }

    [Test]
    public void GroupsOfEqualShapeCompete()
    {
        // Groups 2, 3 and 4 are 16 × 4 × 4; the others have no equal, but 0 and 1, which are 8 × 8 × 8.
        var scores = _groups
            .Index()
            .ToDictionary(group => group.Item, group => Enumerable.Repeat(group.Index is 0 or 2 ? 0.0 : 1, group.Item.Width).ToArray());
        var plan = PruningPlan.Create(_graph, scores, new() { Scope = PruningScope.EqualShape, Ratio = 0.25 });
        Assert.That(plan.Removed.Values.Select(removed => removed.Count), Is.EqualTo(new[] { 4, 0, 12, 0, 0, 16 }));
    }

    [Test]
    public void WithAllScoresEqualExactlyThePlannedNumberLeavesAndTheSameEveryTime([Values] PruningScope scope)
    {
        var plans = Enumerable.Range(0, 2).Select(_ => Plan(new() { Scope = scope, Ratio = 0.3 })).ToArray();
        Assert.That(plans[0].Removed.Sum(entry => entry.Value.Count), Is.EqualTo((int)Math.Round(0.3 * 128)));
        Assert.That(plans[1].ToString(), Is.EqualTo(plans[0].ToString()));
        Assert.That(
            plans[0]
                .Removed.All(entry => entry.Value.SequenceEqual(Enumerable.Range(entry.Key.Width - entry.Value.Count, entry.Value.Count))));
    }

    [Test]
    public void LimitsHold()
    {
        var least = Plan(new() { Ratio = 0.6, MinimumWidth = 8, Scope = PruningScope.Network });
        Assert.That(Kept(least), Has.All.AtLeast(8));
        var most = Plan(new() { Ratio = 0.25, MaximumRatio = 0.3, Scope = PruningScope.Network });
        Assert.That(Kept(most).Zip(_groups, (kept, group) => kept - (0.7 * group.Width)), Has.All.AtLeast(-1e-9));
        var multiple = Plan(new() { Ratio = 0.4, Multiple = 8, MinimumWidth = 8 });
        Assert.That(Kept(multiple).Select(kept => kept % 8), Has.All.Zero);
    }

    [Test]
    public void OriginalWidthsAreWhatRatiosAreSharesOf()
    {
        var original = OriginalSize.Of(_graph);
        using var half = ChannelPruner.Apply(_graph, Plan(new() { Original = original }));
        var scores = ChannelGroup.Of(half.Graph).ToDictionary(group => group, group => new double[group.Width]);
        var plan = PruningPlan.Create(half.Graph, scores, new() { Ratio = 0.75, Original = original });
        Assert.That(Kept(plan), Is.EqualTo(new[] { 2, 2, 4, 4, 4, 16 }));
        Assert.That(plan.ChannelRatio, Is.EqualTo(0.75));

        using var pruned = ChannelPruner.Apply(half.Graph, plan);
        Assert.That(plan.ParameterRatio, Is.EqualTo(1 - ((double)pruned.Graph.Parameters / _graph.Parameters)).Within(1e-12));
        Assert.That(plan.MacRatio, Is.EqualTo(1 - ((double)pruned.Graph.Macs / _graph.Macs)).Within(1e-12));
    }

    [Test]
    public void AnotherNetworksSizeIsRefused()
    {
        Assert.That(
            () => Plan(new() { Original = new(new Dictionary<string, int>(), 1, 1) }),
            Throws.TypeOf<PruningException>().With.Message.Contains("'conv1'"));
        var small = OriginalSize.Of(_graph) with { Widths = _groups.ToDictionary(group => group.Name, _ => 1) };
        Assert.That(
            () => Plan(new() { Original = small }),
            Throws.TypeOf<PruningException>().With.Message.Contains("'conv1' has 8 channels").And.Message.Contains("says 1"));
    }

    [Test]
    public void ExcludedLayersKeepOutputsAndInputs()
    {
        var plan = Plan(new() { Excluded = ["conv3"], ExcludedModules = [_graph.Nodes.Single(node => node.Name == "fc2").Module!] });
        Assert.That(plan.Removed.Keys.Select(group => group.Name), Is.EqualTo(new[] { "conv1", "conv4", "conv5" }));
        Assert.That(
            () => plan.Remove(_groups[1], 0),
            Throws.TypeOf<PruningException>().With.Message.EqualTo("Group 'conv2' cannot lose channels: its layer 'conv3' is excluded."));
    }

    [Test]
    public void UnknownAndForeignExclusionsAreRefusedByName()
    {
        Assert.That(() => Plan(new() { Excluded = ["conv"] }), Throws.TypeOf<PruningException>().With.Message.Contains("'conv'"));
        using var stranger = nn.Linear(1, 1);
        Assert.That(() => Plan(new() { ExcludedModules = [stranger] }), Throws.TypeOf<PruningException>().With.Message.Contains("Linear"));
    }

    [Test]
    public void ARatioThatTheLimitsForbidIsRefusedWithWhatIsPossible() =>
        Assert.That(
            () => Plan(new() { Ratio = 0.9, MinimumWidth = 4 }),
            Throws.TypeOf<PruningException>().With.Message.Contains("0.813 is the most"));

    [Test]
    public void OptionsOutOfRangeAreRefusedByName()
    {
        AssertRefused(new() { MinimumWidth = 0 }, "MinimumWidth is 0");
        AssertRefused(new() { MaximumRatio = 1.1 }, "MaximumRatio is 1.1");
        AssertRefused(new() { MaximumRatio = double.NaN }, "MaximumRatio is NaN");
        AssertRefused(new() { Multiple = 0 }, "Multiple is 0");
        AssertRefused(new() { MinimumNaturalVariance = -1 }, "MinimumNaturalVariance is -1");
        AssertRefused(new() { Measure = (PruningMeasure)9 }, "Measure is 9");
        AssertRefused(new() { Scope = (PruningScope)9 }, "Scope is 9");

        void AssertRefused(PruningOptions options, string message) =>
            Assert.That(() => Plan(options), Throws.TypeOf<PruningException>().With.Message.StartsWith(message));
    }

    [Test]
    public void ConstantChannelsLeaveFirstAndAreNeverLeftAlone()
    {
        // Channel 1 of a is dead, whatever the image.
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [1],
                        [1],
                        [2],
                    ],
                    0,
                    -9,
                    0)),
            ("relu", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [1, 1, 1],
                    ],
                    0)));
        using var images = tensor(new[] { 0.25f, 0.5f, 0.75f }, 3, 1, 1, 1);
        var context = new PruningContext(
            Graph.Of(network, 1, 1, 1),
            images,
            SemanticSet.Of(new Brightness(-0.1, 0.1)),
            (outputs, _) => outputs.mean());
        var policy = new Planted([1, 9, 5]);
        Assert.That(PruningPlan.Create(context, policy, new() { Ratio = 0.3 }).Removed.Values.Single(), Is.EqualTo(new[] { 1 }));
        Assert.That(PruningPlan.Create(context, policy, new() { Ratio = 0.6 }).Removed.Values.Single(), Is.EqualTo(new[] { 0, 1 }));

        // Of what is left, channel 2 alone varies by more than 0.1; the policy would rather keep 0 of the three.
        Assert.That(
            PruningPlan
                .Create(context, new Planted([9, 1, 5]), new() { Ratio = 0.6, MinimumNaturalVariance = 0.1 })
                .Removed.Values.Single(),
            Is.EqualTo(new[] { 0, 1 }));
        Assert.That(() => PruningPlan.Create(context, policy, new() { Ratio = 0.6, MinimumNaturalVariance = 1 }),
            Throws.TypeOf<PruningException>().With.Message.Contains("'a'").And.Message.Contains("do not vary"));
    }

    private PruningPlan Plan(PruningOptions options) =>
        PruningPlan.Create(_graph, _groups.ToDictionary(group => group, group => new double[group.Width]), options);

    private static IEnumerable<int> Kept(PruningPlan plan) => plan.Removed.Select(entry => entry.Key.Width - entry.Value.Count);

    private sealed class Planted(double[] scores) : IPruningPolicy
    {
        public string Name => "planted";

        public IReadOnlyDictionary<ChannelGroup, double[]> Score(PruningContext context, CancellationToken cancellationToken = default) =>
            context.Groups.ToDictionary(group => group, _ => scores);
    }
}
