using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

public sealed class RangeSearchTests
{
    [Test]
    public void ReachesTheGapAndNoSampleLeavesTheRange()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 8; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            var graph = Graph.Of(network, random.Shape);
            var image = random.Image();
            var set = random.PlainSet();
            var outputs = graph.Forward(set.Apply(image, [.. set.Box.Corners(), .. set.Box.Sample(2000, new Random(seed))]));
            double[] least = outputs.amin(0).Numbers(), greatest = outputs.amax(0).Numbers();

            // A range of a few ulps cannot be told from rounding: its gap may never be reached.
            var isClear = greatest.Zip(least, (high, low) => high - low).Min() > 1e-4 * (1 + greatest.Max(Math.Abs));
            using var search = new RangeSearch(graph, set, new RangeSearchOptions { Gap = 0.05, MaxBoxes = isClear ? 100_000 : 300 });
            var result = search.Search(image);
            for (var output = 0; output < least.Length; output++)
            {
                var rounding = 2e-6 * (1 + Math.Max(Math.Abs(least[output]), Math.Abs(greatest[output])));
                Assert.That(least[output], Is.GreaterThanOrEqualTo(result.Lower[output] - rounding), $"seed {seed + number}");
                Assert.That(greatest[output], Is.LessThanOrEqualTo(result.Upper[output] + rounding), $"seed {seed + number}");
            }

            if (isClear)
                Assert.That(result.Gap, Is.LessThanOrEqualTo(0.05).Or.NaN, $"{result.Boxes} boxes, seed {seed + number}");
        }
    }

    [Test]
    public void StopsAtTheLimitOfBoxesAndIsStillSound()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(5);
        using var network = random.Network();
        var set = SemanticSet.Of(new Brightness(-0.4, 0.4), new Contrast(-0.5, 0.5));
        var options = new RangeSearchOptions { Gap = 1e-9, MaxBoxes = 10, Workers = 1, Propagator = new IntervalPropagator() };
        using var search = new RangeSearch(Graph.Of(network, random.Shape), set, options);
        var result = search.Search(random.Image());
        Assert.That(result.Boxes, Is.InRange(10, 11));
        Assert.That(result.Gap, Is.GreaterThan(1e-9));
        Assert.That(result.Lower.Zip(result.SampledLower).All(pair => pair.First <= pair.Second + 1e-5));
    }

    [Test]
    public void WrongOptionsAreRefusedAndDefaultsPinned()
    {
        using var network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2));
        var graph = Graph.Of(network, 1, 2, 2);
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        foreach (var wrong in new RangeSearchOptions[]
            {
                new() { Gap = 0 },
                new() { MaxBoxes = 0 },
                new() { FirstCellsPerSide = 0 },
                new() { BoxesPerBatch = 0 },
                new() { Workers = 0 },
            })
            Assert.That(() => new RangeSearch(graph, set, wrong), Throws.InstanceOf<ArgumentOutOfRangeException>(), wrong.ToString());
        var options = new RangeSearchOptions();
        Assert.That((options.Gap, options.MaxBoxes, options.FirstCellsPerSide, options.BoxesPerBatch), Is.EqualTo((0.01, 1000, 2, 2)));
    }

    [Test]
    public void WorkersChangeNothingButTheOrderAndLeaveTheThreadsAsTheyWere()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(11);
        using var network = random.Network();
        var image = random.Image();
        var threads = get_num_threads();
        var results = new[] { 1, 4 }.Select(workers =>
        {
            using var search = new RangeSearch(Graph.Of(network, random.Shape), SemanticSet.Of(new Brightness(-0.2, 0.2)),
                new RangeSearchOptions { FirstCellsPerSide = 8, MaxBoxes = 8, Workers = workers });
            return search.Search(image);
        }).ToList();
        Assert.That(results[0].Upper, Is.EqualTo(results[1].Upper).Within(1e-5));
        Assert.That(get_num_threads(), Is.EqualTo(threads));
        Assert.That(Task.Run(() => get_num_threads()).Result, Is.EqualTo(threads));
    }

    [Test]
    public async Task TellsHowFarItIsAndWorksInTheBackground()
    {
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(5);
        using var network = random.Network();
        using var image = random.Image();
        var told = new List<RangeSearchProgress>();
        using var search = new RangeSearch(
            Graph.Of(network, random.Shape),
            SemanticSet.Of(new Brightness(-0.4, 0.4), new Contrast(-0.5, 0.5)),
            new RangeSearchOptions { Gap = 1e-9, MaxBoxes = 20 });
        var result = await search.SearchAsync(image, new Told<RangeSearchProgress>(told.Add));
        Assert.That(told.Select(report => report.Boxes), Is.Ordered.Ascending);
        Assert.That(told[^1], Is.EqualTo(new RangeSearchProgress(result.Boxes, told[^1].Gap)));
        Assert.That(told[^1].Gap, Is.EqualTo(result.Gap).Within(1e-9));
    }

    [Test]
    public void IsCancelled()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2));
        using var search = new RangeSearch(Graph.Of(network, 1, 2, 2), SemanticSet.Of(new Brightness(-0.1, 0.1)));
        Assert.That(() => search.Search(rand(1, 2, 2), null, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
    }
}
