using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

/// <summary>The loss against the formula in plain C#: two layers, one of vectors and one of maps.</summary>
public sealed class WassersteinLossTests
{
    private const int Images = 3, Blocks = 2;

    private static readonly long[][] Shapes = [[4], [2, 2, 2]];

    [Test]
    public void EqualsThePlainFormula([Values(1, 1.5, 2)] double order, [Values(0, 0.5, 0.8)] double ratio)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var (clean, perturbed) = Draw(random);
        var options = new WassersteinLossOptions { Order = order, RatioToCome = ratio, DeviationWeight = 0.7, ConcentrationWeight = 1.3 };
        Assert.That(
            Evaluate(options, clean, perturbed),
            Is.EqualTo(Plain(options, clean, perturbed, clean, perturbed)).Within(1e-9).Percent);
    }

    [Test]
    public void OnlyTheDeviationIsLeftWithoutConcentration()
    {
        var (clean, perturbed) = Draw(new Random(TestEnvironment.FreshSeed()));
        var options = new WassersteinLossOptions { ConcentrationWeight = 0 };
        Assert.That(
            Evaluate(options, clean, perturbed),
            Is.EqualTo(Plain(options, clean, perturbed, clean, perturbed)).Within(1e-9).Percent);
        Assert.That(Evaluate(new WassersteinLossOptions(), clean, [.. clean.Select(layer => (double[])[.. layer, .. layer])]), Is.Zero);
    }

    [Test]
    public void ItsGradientEqualsFiniteDifferencesWithTheTargetHeldFixed()
    {
        var (clean, perturbed) = Draw(new Random(TestEnvironment.FreshSeed()));
        var options = new WassersteinLossOptions { RatioToCome = 0.5 };
        using var scope = NewDisposeScope();
        var tensors = Tensors(perturbed, Images * Blocks).Select(layer => layer.requires_grad_(true)).ToArray();
        var cleanTensors = Tensors(clean, Images).Select(layer => layer.requires_grad_(true)).ToArray();
        new WassersteinLoss(options).Of(cleanTensors, tensors).backward();
        for (var layer = 0; layer < 2; layer++)
        {
            var expected = FiniteDifference.Gradient(
                at => Plain(options, clean, [.. perturbed.Select((values, index) => index == layer ? at : values)], clean, perturbed),
                perturbed[layer],
                1e-6);
            Assert.That(tensors[layer].grad!.Numbers(), Is.EqualTo(expected).Within(Tolerance(expected)));

            // The clean values move the spread too.
            var expectedClean = FiniteDifference.Gradient(
                at => Plain(options, [.. clean.Select((values, index) => index == layer ? at : values)], perturbed, clean, perturbed),
                clean[layer],
                1e-6);
            Assert.That(cleanTensors[layer].grad!.Numbers(), Is.EqualTo(expectedClean).Within(Tolerance(expectedClean)));
        }

        static double Tolerance(double[] gradient) => 1e-6 * Math.Max(1, gradient.Max(Math.Abs));
    }

    [Test]
    public void OfABatchItIsThatOfTheValuesAtEveryPreActivation()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(TestEnvironment.FreshSeed());
        using var batch = LossProblem.Batch(network, samples: 3);
        var nodes = network.Graph.PreActivations.ToList();
        Assert.That(nodes, Has.Count.EqualTo(2));
        var loss = new WassersteinLoss();
        var expected = loss.Of(
            [.. nodes.Select(node => batch.PreActivation(node)[0])],
            [.. nodes.Select(node => batch.PreActivation(node).narrow(0, 1, 3).flatten(0, 1))]);
        Assert.That(loss.Of(batch).item<double>(), Is.EqualTo(expected.item<double>()).Within(1e-9).Percent);
    }

    [Test]
    public void ALayerThatNeverMovesCountsNothing()
    {
        using var scope = NewDisposeScope();
        var clean = zeros(3, 2).requires_grad_(true);
        var loss = new WassersteinLoss().Of([clean], [clean.repeat(2, 1)]);
        loss.backward();
        Assert.That(loss.item<float>(), Is.Zero);
        Assert.That(clean.grad!.Numbers(), Is.All.Zero);
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        var loss = new WassersteinLoss();
        Assert.That(() => loss.Of([], []), Throws.ArgumentException.With.Message.Contains("no layer"));
        Assert.That(
            () => loss.Of([zeros(2, 4)], [zeros(2, 4), zeros(2, 4)]),
            Throws.ArgumentException.With.Message.Contains("1 layers").And.Message.Contains("of 2"));
        Assert.That(
            () => loss.Of([zeros(2, 3), zeros(2, 4)], [zeros(2, 3), zeros(3, 4)]),
            Throws.ArgumentException.With.Message.Contains("Layer 1").And.Message.Contains("[3, 4]"));
        Assert.That(() => loss.Of([zeros(2, 4)], [zeros(4, 5)]), Throws.ArgumentException.With.Message.Contains("[4, 5]"));
        Assert.That(() => loss.Of([zeros(2, 4)], [zeros(0, 4)]), Throws.ArgumentException.With.Message.Contains("[0, 4]"));
        Assert.That(() => loss.Of([zeros(2)], [zeros(2)]), Throws.ArgumentException.With.Message.Contains("[2]"));
        Assert.That(() => loss.Of([zeros(1, 4)], [zeros(3, 4)]), Throws.ArgumentException.With.Message.Contains("B at least 2"));
        Assert.That(() => loss.Of(LossProblem.Batch(network, samples: 0)), Throws.ArgumentException.With.Message.Contains("sample"));
        Assert.That(() => loss.Of(LossProblem.Batch(network, images: 1)), Throws.ArgumentException.With.Message.Contains("B at least 2"));
    }

    [TestCase(nameof(WassersteinLossOptions.Order), 0.5)]
    [TestCase(nameof(WassersteinLossOptions.Order), double.NaN)]
    [TestCase(nameof(WassersteinLossOptions.Order), double.PositiveInfinity)]
    [TestCase(nameof(WassersteinLossOptions.DeviationWeight), -1)]
    [TestCase(nameof(WassersteinLossOptions.DeviationWeight), double.NaN)]
    [TestCase(nameof(WassersteinLossOptions.ConcentrationWeight), -0.1)]
    [TestCase(nameof(WassersteinLossOptions.ConcentrationWeight), double.PositiveInfinity)]
    [TestCase(nameof(WassersteinLossOptions.RatioToCome), 1)]
    [TestCase(nameof(WassersteinLossOptions.RatioToCome), -0.1)]
    [TestCase(nameof(WassersteinLossOptions.RatioToCome), double.NaN)]
    public void AnOptionOutOfRangeIsRefusedByNameAndValue(string name, double value)
    {
        var options = new WassersteinLossOptions();
        typeof(WassersteinLossOptions).GetProperty(name)!.SetValue(options, value);
        Assert.That(() => new WassersteinLoss(options), Throws.InstanceOf<ArgumentOutOfRangeException>()
            .With.Property("ParamName").EqualTo(name).And.Property("ActualValue").EqualTo(value));
    }

    [Test]
    public void TheDefaultsAreAsDocumented()
    {
        var options = new WassersteinLossOptions();
        Assert.That(
            (options.Order, options.DeviationWeight, options.ConcentrationWeight, options.RatioToCome),
            Is.EqualTo((2.0, 1.0, 1.0, 0.5)));
    }

    /// <summary>The formula; the target's size is taken from the second pair, as a constant.</summary>
    private static double Plain(
        WassersteinLossOptions options, double[][] clean, double[][] perturbed, double[][] fixedClean, double[][] fixedPerturbed)
    {
        List<double> contributions = [], constants = [];
        var deviation = 0.0;
        for (var layer = 0; layer < 2; layer++)
        {
            var own = Contributions(clean[layer], perturbed[layer], layer, options.Order);
            deviation += own.Average() / 2;
            contributions.AddRange(own);
            constants.AddRange(Contributions(fixedClean[layer], fixedPerturbed[layer], layer, options.Order));
        }

        contributions.Sort();
        constants.Sort();
        var pruned = (int)Math.Round(options.RatioToCome * contributions.Count, MidpointRounding.AwayFromZero);
        var kept = contributions.Count - pruned;
        var target = pruned == 0 ? 0 : constants.Skip(kept).Average();
        var concentration = contributions
            .Select((value, place) => Math.Pow(Math.Abs(value - (place < kept ? 0 : target)), options.Order))
            .Average();
        return (options.DeviationWeight * deviation) + (options.ConcentrationWeight * concentration);
    }

    private static double[] Contributions(double[] clean, double[] perturbed, int layer, double order)
    {
        var neurons = clean.Length / Images;
        var channels = (int)Shapes[layer][0];
        var variance = Enumerable.Range(0, neurons).Average(neuron =>
        {
            var values = Enumerable.Range(0, Images).Select(image => clean[(image * neurons) + neuron]).ToList();
            return values.Average(value => Math.Pow(value - values.Average(), 2));
        });
        return [.. Enumerable.Range(0, channels).Select(channel =>
        {
            List<double> moves = [];
            for (var row = 0; row < Images * Blocks; row++)
            {
                for (var place = 0; place < neurons / channels; place++)
                {
                    var neuron = (channel * neurons / channels) + place;
                    moves.Add(Math.Pow(Math.Abs(perturbed[(row * neurons) + neuron] - clean[(row % Images * neurons) + neuron]), order));
                }
            }

            return moves.Average() / Math.Pow(variance + 1e-12, order / 2);
        })];
    }

    private static double Evaluate(WassersteinLossOptions options, double[][] clean, double[][] perturbed)
    {
        using var scope = NewDisposeScope();
        return new WassersteinLoss(options).Of(Tensors(clean, Images), Tensors(perturbed, Images * Blocks)).item<double>();
    }

    private static (double[][] Clean, double[][] Perturbed) Draw(Random random)
    {
        return ([Values(4 * Images), Values(8 * Images)], [Values(4 * Images * Blocks), Values(8 * Images * Blocks)]);

        double[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 4) - 2)];
    }

    private static Tensor[] Tensors(double[][] layers, long rows) =>
        [.. layers.Select((values, layer) => tensor(values, [rows, .. Shapes[layer]]))];
}
