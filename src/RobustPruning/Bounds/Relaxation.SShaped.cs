using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

internal sealed partial record Relaxation
{
    /// <summary>Encloses <c>1 / (1 + e⁻ᶻ)</c>, whose derivative is σ(z) σ(−z).</summary>
    public static Relaxation OfSigmoid(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var furthest = Furthest(lower, upper);
        return OfSShaped(lower, upper, lower.sigmoid(), upper.sigmoid(), furthest.sigmoid() * (-furthest).sigmoid()).MoveOut();
    }

    /// <summary>Encloses <c>tanh z</c>, whose derivative is 4 σ(2z) σ(−2z).</summary>
    public static Relaxation OfTanh(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var furthest = Furthest(lower, upper) * Scalars.Of(2);
        return OfSShaped(lower, upper, lower.tanh(), upper.tanh(), furthest.sigmoid() * (-furthest).sigmoid() * Scalars.Of(4)).MoveOut();
    }

    /// <summary>
    /// A function f whose derivative falls with |z|: with the least derivative λ on [l, u] as the slope, f(z) − λz grows with z, so it
    /// lies between its values at l and u (Singh et al., 2018).
    /// </summary>
    private static Relaxation OfSShaped(Tensor lower, Tensor upper, Tensor atLower, Tensor atUpper, Tensor leastDerivative)
    {
        var unit = Rounding.Epsilon(lower);

        // Any smaller slope will do: rounded down, and 0 where a derivative has too few digits.
        var slope = leastDerivative * Scalars.Of(1 - (16 * unit));
        slope = where(slope.gt(Scalars.Of(1e-30)), slope, zeros_like(slope));
        Tensor least = atLower - (slope * lower), greatest = atUpper - (slope * upper);

        // 32-bit exponentials are off by an ulp or two.
        var rounding = (atLower.abs().Plus(atUpper.abs()).Plus(slope * lower.abs().Plus(upper.abs())) * Scalars.Of(4 * unit)).Plus(
            Scalars.Of(Rounding.Underflow(lower)));
        return new(
            slope,
            least.Plus(greatest) / Scalars.Of(2),
            ((greatest - least) / Scalars.Of(2)).clamp_min(Scalars.Of(0)).Plus(rounding));
    }

    private static Tensor Furthest(Tensor lower, Tensor upper) => lower.abs().maximum(upper.abs());
}
