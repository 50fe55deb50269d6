using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// The certificate checker's own smooth functions: value and derivative on 64-bit tensors, and the places between which the derivative only
/// grows or only falls.
/// </summary>
/// <param name="Value">The function.</param>
/// <param name="Derivative">Its derivative.</param>
/// <param name="Bends">The places, ascending.</param>
/// <param name="Multiplies">Whether its argument is a factor: its values are computed with errors in proportion to the argument.</param>
internal sealed record ProofFunction(Func<Tensor, Tensor> Value, Func<Tensor, Tensor> Derivative, double[] Bends, bool Multiplies)
{
    private const int Bisections = 60;

    /// <summary>The least argument there is.</summary>
    public double Least { get; init; } = double.NegativeInfinity;

    /// <summary>The function of a node.</summary>
    public static ProofFunction Of(ScalarFunctionNode node)
    {
        var tanh = Math.Sqrt(8 / Math.PI);
        return node.Function switch
        {
            ScalarFunction.Silu => new(
                z => z * z.sigmoid(), z =>
                    z.sigmoid().Plus(z * z.sigmoid() * (-z).sigmoid()), [-2.3993572805154677, 2.3993572805154677], true),
            ScalarFunction.Gelu => new(
                z => z * Normal(z), z => Normal(z).Plus(z * (z.Squared() / Scalars.Of(-2)).exp() / Scalars.Of(Math.Sqrt(2 * Math.PI))),
                [-Math.Sqrt(2), Math.Sqrt(2)], true),
            ScalarFunction.GeluTanh => new(z => z * Swish(z).sigmoid(), z =>
            {
                // Further out, the second term vanishes.
                Tensor y = z.clamp(Scalars.Of(-40), Scalars.Of(40)), share = Swish(y).sigmoid();
                return share.Plus(
                    y * share * (-Swish(y)).sigmoid() * (y.Squared() * Scalars.Of(tanh * 3 * 0.044715)).Plus(Scalars.Of(tanh)));
            }, [-1.4185040087908284, 1.4185040087908284], true),
            ScalarFunction.Erf => new(z => z.erf(), z => (-z.Squared()).exp() * Scalars.Of(2 / Math.Sqrt(Math.PI)), [0], true),
            ScalarFunction.Square => new(z => z.Squared(), z => z.Plus(z), [], false),
            ScalarFunction.SquareRoot =>
                new(z => z.Plus(Scalars.Of(node.Epsilon)).sqrt(), z =>
                    Scalars.Of(0.5) / z.Plus(Scalars.Of(node.Epsilon)).sqrt(), [], false) { Least = 0 },
            ScalarFunction.InverseSquareRoot =>
                new(z => z.Plus(Scalars.Of(node.Epsilon)).pow(Scalars.Of(-0.5)), z =>
                    z.Plus(Scalars.Of(node.Epsilon)).pow(Scalars.Of(-1.5)) / Scalars.Of(-2), [], false) { Least = 0 },
            _ => throw new GraphException(node.Name, $"the certificate checker has no rule for {node.Function}."),
        };

        Tensor Normal(Tensor z) => (z / Scalars.Of(-Math.Sqrt(2))).erfc() / Scalars.Of(2);

        Tensor Swish(Tensor z) => z.Plus(z.pow(Scalars.Of(3)) * Scalars.Of(0.044715)) * Scalars.Of(tanh);
    }

    /// <summary>eᶻ.</summary>
    public static readonly ProofFunction Exponential = new(z => z.exp(), z => z.exp(), [], false);

    /// <summary>1/(n·z) of positive numbers.</summary>
    public static ProofFunction Reciprocal(long count) =>
        new(z => (z * Scalars.Of((double)count)).reciprocal(), z => -(z.Squared() * Scalars.Of((double)count)).reciprocal(), [], false);

    /// <summary>
    /// Where the derivative has a value between two numbers, for each piece in which it is monotone; an end of the piece where it has not.
    /// </summary>
    public IEnumerable<Tensor> Where(Tensor slope, Tensor lower, Tensor upper)
    {
        var from = lower;
        foreach (var to in Bends.Select(bend => full_like(lower, Scalars.Of(bend)).maximum(lower).minimum(upper)).Append(upper))
        {
            Tensor low = from, high = to, starts = Derivative(from).ge(slope);
            for (var step = 0; step < Bisections; step++)
            {
                var middle = low.Plus(high) / Scalars.Of(2);
                var before = Derivative(middle).ge(slope).eq(starts);
                (low, high) = (where(before, middle, low), where(before, high, middle));
            }

            yield return high;
            yield return from = to;
        }
    }
}
