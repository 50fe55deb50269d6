using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class RelaxationAttributionLossTests
{
    private static readonly int[] Sizes = [9, 6, 5, 1];

    /// <summary>One output, so that its random sign does not matter.</summary>
    [Test]
    public void EqualsThePlainFormula()
    {
        using var scope = NewDisposeScope();
        var seed = TestEnvironment.FreshSeed();
        using var network = Dense(seed);
        var (images, light) = (rand(3, 1, 3, 3, dtype: float64), LossProblem.Light);
        var value = new RelaxationAttributionLoss(share: 1).Of(network.Graph, images, light, new Random(1)).item<double>();
        var expected = Enumerable
            .Range(0, 3)
            .Average(image =>
                Plain(
                    network,
                    [.. light.Box.Corners().Prepend(light.Box.Centre).Select(theta => light.Apply(images[image], theta).Numbers())]));
        Assert.That(value, Is.EqualTo(expected).Within(1e-9 * Math.Max(1, expected)));
        Assert.That(expected, Is.GreaterThan(0));
    }

    /// <summary>Behind the last hidden layer no slope can change: the loss is what the noise symbols add to the bounds.</summary>
    [Test]
    public void WithOneHiddenLayerItIsWhatRelaxationsAddToTheBounds()
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var builder = new GraphBuilder([1, 3, 3]);
        var hidden = builder.Relu(
            "relu",
            builder.Linear("fc1", builder.Flatten("flatten", builder.Input), nn.Linear(9, 8, dtype: float64)));
        using var network = new GraphModule(builder.Build(builder.Linear("fc2", hidden, nn.Linear(8, 1, dtype: float64))));
        var (images, light) = ((rand(1, 1, 3, 3, dtype: float64) * 0.2) + 0.4, SemanticSet.Of(new Brightness(-0.2, 0.2)).WithoutClip());
        var loss = new RelaxationAttributionLoss(share: 1).Of(network.Graph, images, light, new Random(1)).item<double>();
        using var reached = light.Enclose(images[0], [light.Box]);
        using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(network.Graph, reached);
        var width = (bounds.Output.Upper - bounds.Output.Lower).item<double>() / 2;

        // With one parameter the output's own generator is Σ w₂ · slope · generator.
        Tensor weight = network.get_parameter("fc2.weight")!,
            before = bounds.PreActivations[0].Upper,
            under = bounds.PreActivations[0].Lower;
        Tensor rate = network.get_parameter("fc1.weight")!.sum([1]) * 0.2;
        var slope = where(under.ge(0), ones_like(under), where(before.le(0), zeros_like(under), before / (before - under)));
        var along = (weight * slope.flatten() * rate).sum().abs().item<double>();
        Assert.That(loss, Is.EqualTo(width - along).Within(1e-6));
    }

    [Test]
    public void CoordinatesAreInHalfImageSizes()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var seed = TestEnvironment.FreshSeed();
        var images = rand(3, 1, 3, 3, dtype: float64);
        Assert.That(Value(outputs: 2), Is.EqualTo(Value(outputs: 1) * 2 / 3).Within(1e-12));

        // The second output is constant.
        double Value(int outputs)
        {
            manual_seed(seed);
            var builder = new GraphBuilder([1, 3, 3]);
            var hidden = builder.Relu("relu", builder.Linear("fc1", builder.Flatten("flatten", builder.Input), nn.Linear(9, 6, dtype: float64)));
            var last = nn.Linear(6, outputs, dtype: float64);
            last.weight.zero_();
            last.weight[0].fill_(1);
            using var network = new GraphModule(builder.Build(builder.Linear("fc2", hidden, last)));
            return new RelaxationAttributionLoss(1).Of(network.Graph, images, LossProblem.Light, new Random(1)).item<double>();
        }
    }

    [Test]
    public void TrainingByItNarrowsTheBounds()
    {
        double sampled = LostAfter(new SampledLoss()),
            attributed = LostAfter(new SampledLoss().PlusRelative(new RelaxationAttributionLoss(share: 1), 0.5));
        Assert.That(attributed, Is.LessThan(0.7 * sampled));
    }

    [Test]
    public void TheSameDrawsGiveTheSameValue([Values(1, 3)] int parameters)
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        var light = SemanticSet.Of([
            .. new ISemanticTransform[] { new Brightness(-0.3, 0.3), new Contrast(-0.2, 0.2), new Haze(0, 0.2) }.Take(parameters),
        ]);
        var images = rand(20, 1, 3, 3, dtype: float64);
        double[] values =
        [
            .. new[] { 5, 5, 6 }.Select(seed =>
                new RelaxationAttributionLoss(0.6).Of(network.Graph, images, light, new Random(seed)).item<double>()),
        ];
        Assert.That(values[0], Is.EqualTo(values[1]).And.Not.EqualTo(values[2]));
    }

    [Test]
    public void HeatmapsAreReadByASoftArgMax()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var builder = new GraphBuilder([1, 6, 6]);
        var maps = builder.Convolution(
            "maps",
            builder.Relu("relu", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 4, 3L, dtype: float64))),
            nn.Conv2d(4, 2, 1L, dtype: float64));
        using var network = new GraphModule(builder.Build(maps));
        var images = rand(2, 1, 6, 6, dtype: float64);
        var value = new RelaxationAttributionLoss(1, HeatmapDecoder.For(network.Graph, HeatmapDecoding.SoftArgMax)).Of(
            network.Graph, images, LossProblem.Light, new Random(1));
        value.backward();
        Assert.That(value.item<double>(), Is.GreaterThan(0));
        Assert.That(network.get_parameter("maps.weight")!.grad!.abs().max().item<double>(), Is.GreaterThan(0));
        Assert.That(
            () => new RelaxationAttributionLoss(decoder: HeatmapDecoder.For(network.Graph, HeatmapDecoding.ArgMax)),
            Throws.ArgumentException.With.Message.Contains("soft arg max"));
    }

    [Test]
    public void ItGrowsWithTheTrainingsProgress()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        double Value(double progress, double warmup)
        {
            using var batch = LossProblem.Batch(network, progress: progress);
            return new RelaxationAttributionLoss(1, warmup: warmup).Of(batch).item<double>();
        }

        var whole = Value(1, 0.3);
        Assert.That(whole, Is.GreaterThan(0));
        Assert.That(Value(0, 0.3), Is.Zero);
        Assert.That(Value(0.15, 0.3), Is.EqualTo(whole / 2).Within(1e-12));
        Assert.That(Value(0.6, 0.3), Is.EqualTo(whole).And.EqualTo(Value(0, 0)));
        Assert.That(() => new RelaxationAttributionLoss(warmup: 1.1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0)]
    [TestCase(-0.1)]
    [TestCase(1.01)]
    [TestCase(double.NaN)]
    public void SharesOutOfRangeAreRefused(double share) =>
        Assert.That(
            () => new RelaxationAttributionLoss(share),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ActualValue").EqualTo(share));

    [Test]
    public void ItTellsItsOptions() =>
        Assert.That(new RelaxationAttributionLoss().ToString(), Is.EqualTo("relaxation attribution (share 0.1, warmed up over 0.3)"));

    /// <summary>How much wider certified than sampled ranges are after a short training, in pixels.</summary>
    private static double LostAfter(TrainingLoss loss)
    {
        using var network = LossProblem.Network(4);
        using var optimizer = optim.Adam(network.parameters(), 0.02);
        for (var step = 0; step < 100; step++)
        {
            using var inner = NewDisposeScope();
            using var batch = LossProblem.Batch(network, progress: step / 100.0);
            optimizer.zero_grad();
            loss.Of(batch).backward();
            optimizer.step();
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var end = LossProblem.Batch(network);
        var lost = 0.0;
        for (var image = 0; image < end.Images.shape[0]; image++)
        {
            using var reached = LossProblem.Light.Enclose(end.Images[image], [LossProblem.Light.Box]);
            using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(network.Graph, reached);
            var sampled = network.forward(
                LossProblem.Light.Apply(
                    end.Images[image],
                    [.. LossProblem.Light.Box.Corners(), .. LossProblem.Light.Box.Sample(200, new Random(1))]));
            lost += ((bounds.Output.Upper - bounds.Output.Lower).mean() - (sampled.amax([0]) - sampled.amin([0])).mean()).item<double>();
        }

        TestContext.Out.WriteLine($"{lost / end.Images.shape[0]} px after {loss}, task {new SampledLoss().Of(end).item<double>()}");
        return lost / end.Images.shape[0];
    }

    private static GraphModule Dense(int seed)
    {
        manual_seed(seed);
        var builder = new GraphBuilder([1, 3, 3]);
        var node = builder.Flatten("flatten", builder.Input);
        for (var layer = 0; layer + 1 < Sizes.Length; layer++)
        {
            node = builder.Linear($"fc{layer}", node, nn.Linear(Sizes[layer], Sizes[layer + 1], dtype: float64));
            node = layer + 2 < Sizes.Length ? builder.Relu($"relu{layer}", node) : node;
        }

        return new GraphModule(builder.Build(node));
    }

    /// <summary>The loss of one image by loops over arrays.</summary>
    /// <param name="network">A network of <see cref="Dense"/>.</param>
    /// <param name="inputs">The image at each θ, the middle first.</param>
    private static double Plain(GraphModule network, double[][] inputs)
    {
        var layers = Enumerable
            .Range(0, Sizes.Length - 1)
            .Select(layer =>
                (Weight: network.get_parameter($"fc{layer}.weight")!.Numbers(), Bias: network.get_parameter($"fc{layer}.bias")!.Numbers()))
            .ToArray();
        var values = inputs.Select(input => new List<double[]> { input }).ToArray();
        foreach (var run in values)
        {
            for (var layer = 0; layer < layers.Length; layer++)
            {
                double[] active = layer == 0 ? run[0] : [.. run[^1].Select(value => Math.Max(value, 0))];
                run.Add([
                    .. layers[layer]
                        .Bias.Select(
                            (bias, row) =>
                                bias + active.Select((value, column) => value * layers[layer].Weight[(row * active.Length) + column])
                                    .Sum()),
                ]);
            }
        }

        // From the output back: what an activation contributes at the middle.
        var (total, gradient) = (0.0, new[] { 1.0 });
        for (var layer = layers.Length - 1; layer > 0; layer--)
        {
            var width = Sizes[layer];
            double[] back =
            [
                .. Enumerable
                    .Range(0, width)
                    .Select(column => gradient.Select((value, row) => value * layers[layer].Weight[(row * width) + column]).Sum()),
            ];
            for (var neuron = 0; neuron < width; neuron++)
            {
                double lower = values.Min(run => run[layer][neuron]), upper = values.Max(run => run[layer][neuron]);
                total += lower < 0 && upper > 0 ? -lower * upper / (upper - lower) / 2 * Math.Abs(back[neuron]) : 0;
            }

            gradient = [.. back.Select((value, neuron) => values[0][layer][neuron] > 0 ? value : 0)];
        }

        return total;
    }
}
