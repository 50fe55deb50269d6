using RobustPruning.Graphs;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

/// <summary>The loss against the formula in plain C#: two layers, one of vectors and one of maps.</summary>
public sealed class WassersteinLossTests
{
    private const int Images = 3, Blocks = 2;

    private static readonly GraphNode[] Nodes = NewNodes();
    private static readonly long[][] Shapes = [[4], [2, 2, 2]];

    [Test]
    public void EqualsThePlainFormula([Values(1, 1.5, 2)] double order, [Values(0, 0.5, 0.8)] double ratio)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var (clean, perturbed) = Draw(random);
        var options = new WassersteinLossOptions { Order = order, RatioToCome = ratio, DeviationWeight = 0.7, ConcentrationWeight = 1.3 };
        Assert.That(Evaluate(options, clean, perturbed), Is.EqualTo(Plain(options, clean, perturbed, clean, perturbed)).Within(1e-9).Percent);
    }

    [Test]
    public void OnlyTheDeviationIsLeftWithoutConcentration()
    {
        var (clean, perturbed) = Draw(new Random(TestEnvironment.FreshSeed()));
        var options = new WassersteinLossOptions { ConcentrationWeight = 0 };
        Assert.That(Evaluate(options, clean, perturbed), Is.EqualTo(Plain(options, clean, perturbed, clean, perturbed)).Within(1e-9).Percent);
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
        new WassersteinLoss(options).Evaluate(ByNode(cleanTensors), ByNode(tensors)).backward();
        for (var layer = 0; layer < 2; layer++)
        {
            var expected = FiniteDifference.Gradient(
                at => Plain(options, clean, [.. perturbed.Select((values, index) => index == layer ? at : values)], clean, perturbed), perturbed[layer], 1e-5);
            Assert.That(tensors[layer].grad!.Numbers(), Is.EqualTo(expected).Within(1e-6));

            // The clean values move the spread too.
            var expectedClean = FiniteDifference.Gradient(
                at => Plain(options, [.. clean.Select((values, index) => index == layer ? at : values)], perturbed, clean, perturbed), clean[layer], 1e-5);
            Assert.That(cleanTensors[layer].grad!.Numbers(), Is.EqualTo(expectedClean).Within(1e-6));
        }
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        var loss = new WassersteinLoss();
        Assert.That(() => loss.Evaluate(new Dictionary<GraphNode, Tensor>(), new Dictionary<GraphNode, Tensor>()), Throws.ArgumentException);
        Assert.That(() => loss.Evaluate(new Dictionary<GraphNode, Tensor> { [Nodes[0]] = zeros(2, 4) }, new Dictionary<GraphNode, Tensor> { [Nodes[0]] = zeros(3, 4) }), Throws.ArgumentException.With.Message.Contains("[3, 4]"));
        foreach (var wrong in new WassersteinLossOptions[] { new() { Order = 0.5 }, new() { Order = double.NaN }, new() { DeviationWeight = -1 },
            new() { ConcentrationWeight = double.NaN }, new() { RatioToCome = 1 }, new() { RatioToCome = -0.1 } })
            Assert.That(() => new WassersteinLoss(wrong), Throws.InstanceOf<ArgumentOutOfRangeException>(), wrong.ToString());
        var options = new WassersteinLossOptions();
        Assert.That((options.Order, options.DeviationWeight, options.ConcentrationWeight, options.RatioToCome), Is.EqualTo((2.0, 1.0, 1.0, 0.5)));
    }

    /// <summary>The formula; the target's size is taken from the second pair, as a constant.</summary>
    private static double Plain(WassersteinLossOptions options, double[][] clean, double[][] perturbed, double[][] fixedClean, double[][] fixedPerturbed)
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
        var concentration = contributions.Select((value, place) => Math.Pow(Math.Abs(value - (place < kept ? 0 : target)), options.Order)).Average();
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
        return new WassersteinLoss(options).Evaluate(ByNode(Tensors(clean, Images)), ByNode(Tensors(perturbed, Images * Blocks))).item<double>();
    }

    private static (double[][] Clean, double[][] Perturbed) Draw(Random random)
    {
        return ([Values(4 * Images), Values(8 * Images)], [Values(4 * Images * Blocks), Values(8 * Images * Blocks)]);

        double[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 4) - 2)];
    }

    private static Tensor[] Tensors(double[][] layers, long rows) => [.. layers.Select((values, layer) => tensor(values, [rows, .. Shapes[layer]]))];

    private static Dictionary<GraphNode, Tensor> ByNode(Tensor[] layers) => new() { [Nodes[0]] = layers[0], [Nodes[1]] = layers[1] };

    // Any two nodes will do as names of the layers.
    private static GraphNode[] NewNodes()
    {
        var builder = new GraphBuilder([1]);
        return [builder.Input, builder.Relu("relu", builder.Input)];
    }
}
