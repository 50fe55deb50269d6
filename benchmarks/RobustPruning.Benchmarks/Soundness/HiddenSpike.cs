using MathNet.Numerics.LinearAlgebra;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>
/// A keypoint detector that moves hardly, but for a narrow spike about a hidden θ*:
/// x = height · max(0, 1 − Σ_k |θ_k − θ*_k| / width_k) + a gentle slope, y = 0, of one coloured pixel under one to three changes of light.
/// </summary>
internal sealed class HiddenSpike
{
    /// <summary>A keypoint may move by so much, which the slope alone does not reach and the spike exceeds.</summary>
    public const double Tolerance = 0.8;

    private const double MostSlope = 0.3;
    private static readonly double[] Colours = [0.25, 0.5, 0.75];
    private static readonly double[] Airlight = [0.75, 0, 0.5];

    private readonly double[][] _directions;
    private readonly double[] _slope;

    /// <summary>Hides a spike.</summary>
    /// <param name="random">The source of randomness.</param>
    /// <param name="dimension">The number of parameters, 1 to 3.</param>
    /// <param name="width">The spike's half width as a share of the box's sides.</param>
    public HiddenSpike(Random random, int dimension, double width)
    {
        (ISemanticTransform Transform, double[] Direction)[] all =
        [
            (new Brightness(-0.1, 0.1), [1, 1, 1]),
            (new Contrast(-0.2, 0.2), Colours),
            (new Haze(0, 0.1, Airlight), [.. Airlight.Zip(Colours, (light, colour) => light - colour)]),
        ];
        var chosen = all.OrderBy(_ => random.Next()).Take(dimension).ToArray();
        Set = SemanticSet.Of([.. chosen.Select(entry => entry.Transform)]);
        _directions = [.. chosen.Select(entry => entry.Direction)];
        Hidden = [.. Set.Box.Lower.Zip(Set.Box.Upper, (low, high) => low + ((0.02 + (0.96 * random.NextDouble())) * (high - low)))];
        Width = width;
        Height = 1.3 + (3 * random.NextDouble());
        _slope = [.. _directions.Select(_ => random.Next(2) == 0 ? 0 : MostSlope / dimension * ((2 * random.NextDouble()) - 1))];
    }

    /// <summary>What may change.</summary>
    public SemanticSet Set { get; }

    /// <summary>Where the spike is.</summary>
    public double[] Hidden { get; }

    /// <summary>Its half width as a share of the box's sides.</summary>
    public double Width { get; }

    /// <summary>Its height in pixels.</summary>
    public double Height { get; }

    /// <summary>The pixel, <c>[3, 1, 1]</c>; the caller owns it.</summary>
    public static Tensor Image() => tensor(Colours, [3, 1, 1], dtype: float32);

    /// <summary>The detector; the caller owns it.</summary>
    public GraphModule Network()
    {
        // The pixel is x₀ + Dθ, so θ is the pseudo-inverse of D times (x − x₀).
        var recover = Matrix<double>.Build.DenseOfColumnArrays(_directions).PseudoInverse();
        var offset = recover * Vector<double>.Build.DenseOfArray(Colours);
        var sides = Set.Box.HalfWidths.Select(half => 2 * half).ToArray();
        double[][] rows = [.. recover.ToRowArrays().Select((row, k) => row.Select(value => value / (Width * sides[k])).ToArray())];
        double[] shifts = [.. offset.Select((value, k) => (-value - Hidden[k]) / (Width * sides[k]))];
        double[] slope =
        [
            .. Enumerable.Range(0, 3).Select(colour => recover.Column(colour).Select((value, k) => value * _slope[k] / sides[k]).Sum()),
        ];
        var still = -slope.Zip(Colours, (weight, colour) => weight * colour).Sum();

        var builder = new GraphBuilder([3, 1, 1]);
        var flat = builder.Flatten("flatten", builder.Input);
        var distances = builder.Relu("distances", builder.Linear("recover", flat, Layer(
            [.. rows, .. rows.Select(Negative)], [.. shifts, .. Negative(shifts)])));
        var spike = builder.Relu("spike", builder.Linear("sum", distances, Layer([[.. Enumerable.Repeat(-1.0, 2 * rows.Length)]], [1])));
        var both = builder.Concatenation("both", spike, flat);
        return new GraphModule(builder.Build(builder.Linear("keypoint", both, Layer([[Height, .. slope], [0, 0, 0, 0]], [still, 0]))));
    }

    /// <summary>How far the keypoint really moves at the hidden θ, in 64-bit numbers.</summary>
    public double Peak()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = Network();
        using var wide = ProofNetwork.Of(network.Graph);
        var values = wide.forward(Set.Apply(Image().to(float64), new double[Set.Dimension], Hidden));
        return Math.Abs((values[1, 0] - values[0, 0]).item<double>());
    }

    private static double[] Negative(double[] values) => [.. values.Select(value => -value)];

    private static Linear Layer(double[][] weight, double[] bias)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var module = nn.Linear(weight[0].Length, weight.Length);
        module.weight.copy_(tensor(weight.SelectMany(row => row).ToArray(), module.weight.shape, dtype: float32));
        module.bias!.copy_(tensor(bias, module.bias.shape, dtype: float32));
        return module;
    }
}
