using System.Diagnostics;
using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds.Cpu;

/// <summary>The engine against the tensor domain where other tests do not reach, and its memory.</summary>
public sealed class CpuEngineTests
{
    /// <summary>
    /// Wide layers fill whole vectors, and some of the next one; transposed convolutions are merged with the zeros before them.
    /// </summary>
    [Test]
    public void WideAndTransposedLayersGiveTheBoundsOfTheTensorDomain([Values] bool wide)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 8; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            manual_seed(unchecked(seed + number));
            var random = new Random(unchecked(seed + number));
            using var network = UpAndDown(random);
            network.to(wide ? float64 : float32);
            var set = SemanticSet.Of(new Brightness(-0.05, 0.05), new Contrast(-0.03, 0.04));
            set = random.Next(2) == 0 ? set : set.WithNoise(0.01);
            using var images = set.Enclose(rand([2, 8, 8]), [.. set.Box.Grid(2).Take(2)]);
            var domain = new SemanticIntervalPropagator(SymbolBudget.All);
            using var expected = domain.OnTensors(network.Graph, images, () => false)!;
            using var actual = domain.Propagate(network.Graph, images);
            foreach (var (reference, bounds) in expected.PreActivations.Append(
                expected.Output).Zip(actual.PreActivations.Append(actual.Output)))
            {
                var rounding = (wide ? 1e-9 : 1e-4) * (1 + reference.Upper.Numbers().Concat(reference.Lower.Numbers()).Max(Math.Abs));
                Assert.That(
                    TensorValues.Gap(reference.Lower, bounds.Lower),
                    Is.LessThan(rounding),
                    $"lower of {bounds.Node}, seed {unchecked(seed + number)}");
                Assert.That(
                    TensorValues.Gap(reference.Upper, bounds.Upper),
                    Is.LessThan(rounding),
                    $"upper of {bounds.Node}, seed {unchecked(seed + number)}");
            }

            Assert.That(
                domain.BoundOutputs(network.Graph, images, () => false)!.Sum(box => box.Unstable),
                Is.EqualTo(actual.PreActivations.Sum(bounds => bounds.Unstable())));
        }
    }

    /// <summary>Sparse rows over the output have the bounds that a layer behind it has, and hold at samples.</summary>
    [Test]
    public void RowsOverTheOutputAreBoundedAsByALayerBehindIt([Values] bool wide)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 8; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            manual_seed(unchecked(seed + number));
            var random = new Random(unchecked(seed + number));
            using var network = UpAndDown(random);
            network.to(wide ? float64 : float32);
            var set = SemanticSet.Of(new Brightness(-0.05, 0.05), new Contrast(-0.03, 0.04));
            var image = rand([2, 8, 8]);
            ParameterBox[] boxes = [.. set.Box.Grid(2).Take(2)];
            using var images = set.Enclose(image, boxes);
            var graph = network.Graph.Flattened();
            var outputs = (int)graph.Output.Channels;
            (int Value, float Weight)[][] rows =
            [
                .. Enumerable
                    .Range(0, 5)
                    .Select(_ =>
                        Enumerable
                            .Range(0, outputs)
                            .OrderBy(_ => random.Next())
                            .Take(random.Next(1, Math.Min(outputs, 20) + 1))
                            .Select(value => (value, random.NextSingle() - 0.5f))
                            .ToArray()),
            ];
            var dense = new float[rows.Length * outputs];
            foreach (var (index, row) in rows.Index())
            {
                foreach (var (value, weight) in row)
                    dense[(index * outputs) + value] = weight;
            }

            using var layer = nn.Linear(outputs, rows.Length, hasBias: false);
            layer.weight.copy_(tensor(dense, [rows.Length, outputs]));
            layer.to(wide ? float64 : float32);
            var node = LinearDescription.Of(graph.FreeName("rows"), graph.Output.Name, layer).CreateNode([graph.Output], layer);
            var domain = new SemanticIntervalPropagator(SymbolBudget.All);
            var expected = domain.BoundOutputs(new Graph([.. graph.Nodes, node], node), images, () => false)!;
            var actual = domain.BoundOutputs(graph, images, () => false, (_, _, _) => rows)!;
            for (var box = 0; box < boxes.Length; box++)
            {
                var (lower, upper) = actual[box].Rows!.Value;
                var slack = (wide ? 1e-9 : 1e-4) * (1 + actual[box].Upper.Concat(actual[box].Lower).Max(Math.Abs));
                foreach (var theta in boxes[box].Sample(20, random))
                {
                    var y = network.Graph.Forward(set.ApplyOne(image, theta, null)).to(float64).flatten().Numbers();
                    foreach (var (index, row) in rows.Index())
                        Assert.That(
                            row.Sum(entry => entry.Weight * y[entry.Value]),
                            Is.InRange(lower[index] - slack, upper[index] + slack),
                            $"row {index}, seed {unchecked(seed + number)}");
                }

                for (var row = 0; row < rows.Length; row++)
                {
                    Assert.That(
                        lower[row],
                        Is.EqualTo(expected[box].Lower[row]).Within(slack),
                        $"lower of row {row}, seed {unchecked(seed + number)}");
                    Assert.That(
                        upper[row],
                        Is.EqualTo(expected[box].Upper[row]).Within(slack),
                        $"upper of row {row}, seed {unchecked(seed + number)}");
                }
            }
        }
    }

    [Test]
    public void TransposedConvolutionsKeepLocalSymbols()
    {
        using var network = UpAndDown(new Random(1));
        var compiled = PlanCompiler.Compile(network.Graph);
        Assert.That(compiled.Plan.Steps.OfType<GatherStep>(), Is.Empty);
        Assert.That(compiled.Plan.Steps.OfType<ConvolutionStep>().Any(step => step.Rows.Spread == 2));
    }

    /// <summary>
    /// Values keep their order in the network, whatever the order of memory: reshapes between maps, and between maps and vectors.
    /// </summary>
    [Test]
    public void ReshapedMapsKeepTheirValuesInOrder()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var builder = new GraphBuilder([1, 2, 6]);
        var tall = builder.Reshape("tall", builder.Relu("relu1", builder.Input), [12, 1, 1]);
        var mixed = builder.Convolution("conv1", tall, nn.Conv2d(12, 12, 1L));
        var map = builder.Reshape("map", builder.Relu("relu2", mixed), [3, 2, 2]);
        var again = builder.Convolution("conv2", map, nn.Conv2d(3, 2, 2L, padding: 1));
        var flat = builder.Reshape("vector", builder.Relu("relu3", again), [18]);
        var back = builder.Convolution("conv3", builder.Reshape("back", flat, [2, 3, 3]), nn.Conv2d(2, 2, 3L));
        using var network = new GraphModule(builder.Build(builder.Flatten("flatten", back)));
        network.to(float64);
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.2, 0.1)).WithoutClip();
        using var images = set.Enclose(rand([1, 2, 6], dtype: float64), set.Box);
        using var expected = new DensePropagator(SymbolBudget.All).Propagate(network.Graph, images);
        using var actual = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(network.Graph, images);
        foreach (var (reference, bounds) in expected.PreActivations.Append(
            expected.Output).Zip(actual.PreActivations.Append(actual.Output)))
        {
            Assert.That(TensorValues.Gap(reference.Lower, bounds.Lower), Is.LessThan(1e-9), $"lower of {bounds.Node}");
            Assert.That(TensorValues.Gap(reference.Upper, bounds.Upper), Is.LessThan(1e-9), $"upper of {bounds.Node}");
        }
    }

    [Test]
    public void BoundingAsksBeforeEachStepWhetherToStop()
    {
        using var noGradient = no_grad();
        using var network = UpAndDown(new Random(2));
        var set = SemanticSet.Of(new Brightness(-0.05, 0.05));
        using var images = set.Enclose(rand([2, 8, 8]), set.Box);
        var asked = 0;
        Assert.That(new SemanticIntervalPropagator(SymbolBudget.All).BoundOutputs(network.Graph, images, () => ++asked > 3), Is.Null);
        Assert.That(asked, Is.InRange(4, 6));
    }

    [Test]
    public void MemoryIsFlatOverManyBoxes()
    {
        using var noGradient = no_grad();
        using var network = Cnn7.Create(new Cnn7Options(3, 12, 12, 2, 0.125));
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.1, 0.1));
        using var image = rand(3, 12, 12);
        using var frozen = BatchNormalizationFolding.Fold(network.Graph);
        var domain = new SemanticIntervalPropagator(SymbolBudget.All);
        var boxes = set.Box.Grid(20);
        Run(boxes.Take(100));
        var before = Resident();
        for (var round = 0; round < 3; round++)
            Run(boxes);
        Assert.That(Resident() - before, Is.LessThan(48L << 20));

        void Run(IEnumerable<ParameterBox> some)
        {
            foreach (var box in some)
            {
                using var images = set.Enclose(image, box);
                _ = domain.BoundOutputs(frozen.Graph, images, () => false);
            }
        }

        static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    /// <summary>
    /// A residual block, down by a stride, and up again by a transposed convolution as ONNX models bring them: zeros between, then a
    /// convolution.
    /// </summary>
    private static GraphModule UpAndDown(Random random)
    {
        int width = random.Next(1, 40), depth = random.Next(1, 40);
        var builder = new GraphBuilder([2, 8, 8]);
        var first = builder.Relu("relu1", builder.Convolution("conv1", builder.Input, nn.Conv2d(2, width, 3L, padding: 1)));
        var inner = builder.Relu("relu2", builder.Convolution("conv2", first, nn.Conv2d(width, width, 3L, padding: 1)));
        var block = builder.Relu(
            "relu3",
            builder.Addition("add", first, builder.Convolution("conv3", inner, nn.Conv2d(width, width, 3L, padding: 1))));
        var down = builder.Relu("relu4", builder.Convolution("down", block, nn.Conv2d(width, depth, 3L, stride: 2, padding: 1)));

        // Stride 2, kernel 4, one row cut on each side: 8 rows of 4.
        const int Size = 11;
        var sources = new long[depth * Size * Size];
        Array.Fill(sources, -1);
        for (var place = 0; place < depth * 16; place++)
            sources[(((place / 16 * Size) + (2 * (place / 4 % 4)) + 2) * Size) + (2 * (place % 4)) + 2] = place;
        var spread = builder.Rearrangement("spread", down, [depth, Size, Size], sources);
        var up = builder.Relu("relu5", builder.Convolution("up", spread, nn.Conv2d(depth, 3, 4L)));
        return new GraphModule(builder.Build(builder.Linear("fc", builder.Flatten("flatten", up), nn.Linear(3 * 8 * 8, 17))));
    }
}
