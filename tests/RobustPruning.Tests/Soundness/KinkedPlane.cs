using MathNet.Numerics.LinearAlgebra;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>
/// A network of one hidden layer over one coloured pixel under one to three changes of light. Its activation patterns are the cells into
/// which the hidden neurons' planes cut the box; the outputs are linear in each, so their extremes are at the cells' corners: where as
/// many planes or sides of the box meet as there are parameters. All are enumerated.
/// </summary>
internal sealed class KinkedPlane
{
    private static readonly double[] Colours = [0.25, 0.5, 0.75];

    private readonly double[][] _directions;
    private readonly double[][] _hidden;
    private readonly double[] _shifts;
    private readonly double[][] _weights;

    public KinkedPlane(Random random, int dimension, int neurons, int outputs)
    {
        // Powers of two, which the pixel holds exactly; the pixel stays inside [0, 1].
        (ISemanticTransform Transform, double[] Direction)[] all =
        [
            (new Brightness(-0.125, 0.125), [1, 1, 1]),
            (new Contrast(-0.125, 0.125), Colours),
            (new Haze(0, 0.125, 0.5, 0, 1), [0.25, -0.5, 0.25]),
        ];
        var chosen = all.Take(dimension).ToArray();
        Set = SemanticSet.Of([.. chosen.Select(entry => entry.Transform)]);
        _directions = [.. chosen.Select(entry => entry.Direction)];
        _hidden = [.. Enumerable.Range(0, neurons).Select(_ => Numbers(3, 8))];

        // Each neuron's plane goes through some point of the box.
        _shifts = [.. _hidden.Select(row => (double)(float)-Dot(row, Pixel(Set.Box.Sample(1, random)[0])))];
        _weights = [.. Enumerable.Range(0, outputs).Select(_ => Numbers(neurons, 2))];

        double[] Numbers(int count, double size) =>
            [.. Enumerable.Range(0, count).Select(_ => (double)(float)((random.NextDouble() - 0.5) * size))];
    }

    public SemanticSet Set { get; }

    public static Tensor Image() => tensor(Colours, [3, 1, 1], dtype: float32);

    public GraphModule Network()
    {
        var builder = new GraphBuilder([3, 1, 1]);
        var hidden = builder.Linear("hidden", builder.Flatten("flatten", builder.Input), PlantedNetwork.Linear(_hidden, _shifts));
        return new GraphModule(
            builder.Build(
                builder.Linear("out", builder.Relu("relu", hidden), PlantedNetwork.Linear(_weights, new double[_weights.Length]))));
    }

    /// <summary>The outputs at one θ.</summary>
    public double[] At(double[] theta)
    {
        double[] pixel = Pixel(theta), hidden = [.. _hidden.Zip(_shifts, (row, shift) => Math.Max(0, Dot(row, pixel) + shift))];
        return [.. _weights.Select(row => Dot(row, hidden))];
    }

    /// <summary>The corners of all cells.</summary>
    public IReadOnlyList<double[]> Corners()
    {
        var (box, planes) = (Set.Box, new List<(double[] Normal, double Level)>());
        foreach (var (row, shift) in _hidden.Zip(_shifts))
            planes.Add(([.. _directions.Select(direction => Dot(row, direction))], -shift - Dot(row, Colours)));
        for (var k = 0; k < box.Dimension; k++)
        {
            double[] side = [.. Enumerable.Range(0, box.Dimension).Select(other => other == k ? 1.0 : 0)];
            planes.AddRange([(side, box.Lower[k]), (side, box.Upper[k])]);
        }

        return
        [
            .. Choose(planes.Count, box.Dimension)
                .Select(chosen => Meet([.. chosen.Select(index => planes[index])]))
                .OfType<double[]>()
                .Where(theta =>
                    theta.Select((value, k) => value >= box.Lower[k] - 1e-12 && value <= box.Upper[k] + 1e-12).All(inside => inside)),
        ];
    }

    private static double[]? Meet((double[] Normal, double Level)[] planes)
    {
        var normals = Matrix<double>.Build.DenseOfRowArrays(planes.Select(plane => plane.Normal));
        return Math.Abs(normals.Determinant()) < 1e-12 ? null
            : normals.Solve(Vector<double>.Build.DenseOfArray([.. planes.Select(plane => plane.Level)])).ToArray();
    }

    private static IEnumerable<int[]> Choose(int count, int size) => size == 0 ? [[]]
        : Enumerable.Range(0, count).SelectMany(last => Choose(last, size - 1).Select(rest => rest.Append(last).ToArray()));

    private double[] Pixel(double[] theta) =>
        [.. Colours.Select((colour, channel) => colour + theta.Select((value, k) => value * _directions[k][channel]).Sum())];

    private static double Dot(double[] first, double[] second) => first.Zip(second, (a, b) => a * b).Sum();
}
