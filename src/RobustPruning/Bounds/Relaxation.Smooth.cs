using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

internal sealed partial record Relaxation
{
    private static readonly double Root = Math.Sqrt(2 / Math.PI);

    /// <summary>
    /// Encloses a smooth function f by parallels of its chord, whose slope is λ: f(z) − λz has its extremes at the ends, at kinks, and
    /// where f' is λ, at most once in each piece where f is convex or concave.
    /// </summary>
    public static Relaxation OfSmooth(ScalarFunctionNode node, Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var unit = Rounding.Epsilon(lower);

        // What a normalisation takes the root of is nowhere negative.
        var isRoot = node.Function is ScalarFunction.SquareRoot or ScalarFunction.InverseSquareRoot;
        Tensor first = isRoot ? lower.clamp_min(Scalars.Of(0)) : lower, last = isRoot ? upper.maximum(first) : upper;
        Tensor atFirst = node.Apply(first), atLast = node.Apply(last), width = last - first;
        var isWide = width.gt(first.abs().Plus(last.abs()) * Scalars.Of(Math.Sqrt(unit)));
        var slope = where(
            isWide,
            (atLast - atFirst) / where(isWide, width, ones_like(width)),
            Derivative(node, first.Plus(width / Scalars.Of(2))));
        Tensor least = (atFirst - (slope * first)).minimum(atLast - (slope * last)),
            greatest = (atFirst - (slope * first)).maximum(atLast - (slope * last));
        foreach (var place in Extremes(node, slope.detach(), first.detach(), last.detach(), unit))
        {
            var value = node.Apply(place) - (slope * place);
            (least, greatest) = (least.minimum(value), greatest.maximum(value));
        }

        var scale = slope.abs().Plus(Scalars.Of(node.Steepest is null ? 0 : 2));
        var rounding = (
            atFirst.abs().Plus(atLast.abs()).Plus(least.abs()).Plus(greatest.abs()).Plus(scale * first.abs().Plus(last.abs()))
            * Scalars.Of(8 * unit)).Plus(Scalars.Of(Rounding.Underflow(lower)));
        Tensor offset = least.Plus(greatest) / Scalars.Of(2), size = ((greatest - least) / Scalars.Of(2)).Plus(rounding);
        if (node.Function != ScalarFunction.Hardswish)
            return new Relaxation(slope, offset, size).MoveOut();

        // Outside of its bend it is a line.
        Tensor zero = zeros_like(lower), below = upper.le(Scalars.Of(-3)), above = lower.ge(Scalars.Of(3)), line = below.logical_or(above);
        return new Relaxation(where(line, above.to(slope.dtype), slope), where(line, zero, offset), where(line, zero, size)).MoveOut();
    }

    /// <summary>The same where the value itself may be off by this much in each box, <c>[B]</c>, and is then known exactly.</summary>
    public Relaxation With(Tensor error) =>
        this with
        {
            Size = Size.Plus(
                Slope.abs() * error.reshape([-1, .. Enumerable.Repeat(1L, (int)Slope.dim() - 1)]) * Scalars.Of(1 + Rounding.Arithmetic)),
        };

    /// <summary>
    /// Where the function less the slope times its argument may be least or greatest, besides the ends; inside the interval.
    /// </summary>
    private static IEnumerable<Tensor> Extremes(ScalarFunctionNode node, Tensor slope, Tensor lower, Tensor upper, double unit)
    {
        using var noGradient = no_grad();
        switch (node.Function)
        {
            case ScalarFunction.Square:
                return [(slope / Scalars.Of(2)).maximum(lower).minimum(upper)];
            case ScalarFunction.SquareRoot:
                return [((slope * Scalars.Of(2)).pow(Scalars.Of(-2)) - Scalars.Of(node.Epsilon)).maximum(lower).minimum(upper)];
            case ScalarFunction.InverseSquareRoot:
                return [((slope * Scalars.Of(-2)).pow(Scalars.Of(-2.0 / 3)) - Scalars.Of(node.Epsilon)).maximum(lower).minimum(upper)];
            case ScalarFunction.Hardswish:
                return
                [
                    .. new[]
                    {
                        full_like(slope, Scalars.Of(-3)),
                        full_like(slope, Scalars.Of(3)),
                        ((slope * Scalars.Of(6)) - Scalars.Of(3)) / Scalars.Of(2),
                    }.Select(
                        (place, index) => (index < 2 ? place : place.clamp(Scalars.Of(-3), Scalars.Of(3))).maximum(lower).minimum(upper)),
                ];
        }

        double? turn = node.Function switch
        {
            ScalarFunction.Silu => 2.399357280515467668,
            ScalarFunction.Gelu => Math.Sqrt(2),
            ScalarFunction.GeluTanh => 1.418504008790828356,
            _ => null,
        };
        Tensor[] breaks =
        [
            lower,
            .. (turn is { } at ? new[] { -at, at } : [0]).Select(place =>
                full_like(lower, Scalars.Of(place)).maximum(lower).minimum(upper)),
            upper,
        ];
        var steps = unit < 1e-10 ? 54 : 28;
        return [.. Enumerable.Range(0, breaks.Length - 1).Select(piece =>
        {
            Tensor a = breaks[piece], b = breaks[piece + 1], isBelow = Derivative(node, a).lt(slope);
            for (var step = 0; step < steps; step++)
            {
                var middle = a.Plus((b - a) / Scalars.Of(2));
                var isLeft = Derivative(node, middle).lt(slope).eq(isBelow);
                (a, b) = (where(isLeft, middle, a), where(isLeft, b, middle));
            }

            return a;
        })];
    }

    private static Tensor Derivative(ScalarFunctionNode node, Tensor z) => node.Function switch
    {
        ScalarFunction.Silu => z.sigmoid() * (z * (-z).sigmoid()).Plus(Scalars.Of(1)),
        ScalarFunction.Gelu => ((z * Scalars.Of(-Math.Sqrt(0.5))).erfc() / Scalars.Of(2)).Plus(
            z * (z * z * Scalars.Of(-0.5)).exp() * Scalars.Of(1 / Math.Sqrt(2 * Math.PI))),
        ScalarFunction.GeluTanh => OfGeluTanh(z),
        ScalarFunction.Hardswish =>
            where(z.lt(Scalars.Of(-3)), zeros_like(z),
                where(z.gt(Scalars.Of(3)), ones_like(z), (z * Scalars.Of(2)).Plus(Scalars.Of(3)) / Scalars.Of(6))),
        ScalarFunction.Erf => (-(z * z)).exp() * Scalars.Of(2 / Math.Sqrt(Math.PI)),
        ScalarFunction.Square => z * Scalars.Of(2),
        ScalarFunction.SquareRoot => z.Plus(Scalars.Of(node.Epsilon)).rsqrt() / Scalars.Of(2),
        _ => z.Plus(Scalars.Of(node.Epsilon)).pow(Scalars.Of(-1.5)) * Scalars.Of(-0.5),
    };

    private static Tensor OfGeluTanh(Tensor z)
    {
        // Beyond ±50 the second term is zero, whatever its factors are.
        var near = z.clamp(Scalars.Of(-50), Scalars.Of(50));
        var argument = Scalars.Of(2 * Root) * near.Plus(Scalars.Of(0.044715) * near * near * near);
        return argument
            .sigmoid()
            .Plus(
                near
                    * argument.sigmoid()
                    * (-argument).sigmoid()
                    * Scalars.Of(2 * Root)
                    * (Scalars.Of(3 * 0.044715) * near * near).Plus(Scalars.Of(1)));
    }
}
