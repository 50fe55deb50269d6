using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>A network over one grey pixel under brightness, whose outputs are piecewise linear in it with known kinks.</summary>
internal sealed class PlantedLine
{
    private const double Grey = 0.5;

    private readonly double[] _slopes;
    private readonly double[] _offsets;
    private readonly double[][] _weights;

    public PlantedLine(Random random, int kinks, int outputs)
    {
        _slopes = Numbers(kinks, 8);
        _offsets = [.. _slopes.Select(slope => (float)(slope * (-Grey + ((random.NextDouble() - 0.5) * 0.6))))];
        _weights = [.. Enumerable.Range(0, outputs).Select(_ => Numbers(kinks, 2))];

        double[] Numbers(int count, double size) =>
            [.. Enumerable.Range(0, count).Select(_ => (double)(float)((random.NextDouble() - 0.5) * size))];
    }

    public static SemanticSet Set { get; } = SemanticSet.Of(new Brightness(-0.3, 0.2));

    public static Tensor Image() => PlantedNetwork.Image((float)Grey);

    public GraphModule Network()
    {
        var builder = new GraphBuilder([1, 1, 1]);
        var hidden = builder.Linear(
            "hidden",
            builder.Flatten("flatten", builder.Input),
            PlantedNetwork.Linear([.. _slopes.Select(slope => new[] { slope })], _offsets));
        return new GraphModule(
            builder.Build(
                builder.Linear("out", builder.Relu("relu", hidden), PlantedNetwork.Linear(_weights, new double[_weights.Length]))));
    }

    /// <summary>The output at a brightness.</summary>
    public double At(int output, double brightness) =>
        _weights[output]
            .Zip(_slopes.Zip(_offsets), (weight, line) => weight * Math.Max(0, (line.First * (Grey + brightness)) + line.Second))
            .Sum();

    /// <summary>The ends of the set and all kinks in it: between two of them, every output is linear.</summary>
    public IReadOnlyList<double> Kinks() =>
        [-0.3, 0.2, .. _slopes.Zip(_offsets, (slope, offset) => (-offset / slope) - Grey).Where(b => b is > -0.3 and < 0.2)];

    /// <summary>
    /// How deep the outputs get into a region: the greatest over brightness of the least b − a y of its rows, all linear between two kinks.
    /// </summary>
    public double Depth(OutputRegion region)
    {
        var deepest = double.NegativeInfinity;
        double[] kinks = [.. Kinks().Order()];
        foreach (var (from, to) in kinks.Zip(kinks.Skip(1)))
        {
            (double Start, double Rise)[] rows =
            [
                .. region.Weights.Select((row, index) => (Left(row, index, from), Left(row, index, to) - Left(row, index, from))),
            ];
            var crossings = rows.SelectMany(one => rows.Select(other => (other.Start - one.Start) / (one.Rise - other.Rise)))
                .Where(share => share is > 0 and < 1);
            deepest = Math.Max(deepest, crossings.Concat([0, 1]).Max(share => rows.Min(row => row.Start + (share * row.Rise))));
        }

        return deepest;

        double Left(IReadOnlyList<double> row, int index, double brightness) =>
            region.Limits[index] - row.Select((weight, output) => weight * At(output, brightness)).Sum();
    }
}
