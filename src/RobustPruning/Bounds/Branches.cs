using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Values where branches of a graph meet. The branches share the semantic parameters and every symbol born before they parted, so their
/// generators are added and what the branches have in common cancels; remainders, of which nothing is known, add up.
/// </summary>
internal static class Branches
{
    /// <summary>The sum of values of one shape over the same boxes.</summary>
    public static Zonotope Sum(IReadOnlyList<Zonotope> terms, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var sum = terms.Aggregate((first, second) =>
        {
            var (remainder, error) = Zonotope.SumRounding(first, second);
            return first with
            {
                Centre = first.Centre.Plus(second.Centre),
                Generators = first.Generators.Plus(second.Generators),
                Symbols = SymbolBlocks.Add(first.Symbols, second.Symbols, [.. first.Centre.shape.Skip(1)]),
                Remainder = remainder,
                SymbolRadius = null,
                Error = error,
            };
        });
        return BudgetFolding.Apply(sum, budget).MoveOut();
    }

    /// <summary>
    /// The product of two values of one shape: with the middles p and q of x and y, xy = q·x + p·y − pq + (x − p)(y − q), whose last term
    /// is no greater than the product of the radii.
    /// </summary>
    public static Zonotope Product(Zonotope first, Zonotope second, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var ((p, x), (q, y)) = (Middle(first), Middle(second));
        var sum = Sum([first.Scale(q), second.Scale(p)], SymbolBudget.All);
        return sum.Relax(new Relaxation(ones_like(p), -(p * q), x * y * Scalars.Of(1 + (4 * Rounding.Epsilon(p)))), budget).MoveOut();

        static (Tensor Middle, Tensor Radius) Middle(Zonotope value)
        {
            var (lower, upper) = value.Limits();
            var middle = lower.Plus(upper) / Scalars.Of(2);
            return (middle, (upper - middle).maximum(middle - lower));
        }
    }

    /// <summary>Values over the same boxes one after the other along the channels: the sum of each in its place.</summary>
    public static Zonotope Concatenate(IReadOnlyList<Zonotope> parts, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        long[] shape = [parts.Sum(part => part.Centre.shape[1]), .. parts[0].Centre.shape.Skip(2)];
        var first = 0L;
        var placed = new List<Zonotope>();
        foreach (var part in parts)
        {
            placed.Add(Place(part, first, shape));
            first += part.Centre.shape[1];
        }

        // Errors in different places: their squares add up, whatever they have in common.
        var joined = Sum([.. placed.Select(part => part.Exact())], budget);
        return (joined.Error is null ? joined : joined with
        {
            Error = joined.Error.Plus(
                stack([.. parts.Select(part => part.Error!)]).Squared().sum([0]).sqrt() * Scalars.Of(1 + Rounding.Arithmetic)),
        }).MoveOut();
    }

    /// <summary>A value as some channels of a larger one that is zero elsewhere.</summary>
    private static Zonotope Place(Zonotope part, long channel, IReadOnlyList<long> shape)
    {
        var after = shape[0] - channel - part.Centre.shape[1];
        long[] padding = [.. Enumerable.Repeat(0L, 2 * (shape.Count - 1)), channel, after];
        return part with
        {
            Centre = nn.functional.pad(part.Centre, padding),
            Generators = nn.functional.pad(part.Generators, padding),
            Symbols = [.. part.Symbols.Select(symbols => symbols.Place(channel, shape))],
            Remainder = part.Remainder is null ? null : nn.functional.pad(part.Remainder, padding),
            SymbolRadius = part.SymbolRadius is null ? null : nn.functional.pad(part.SymbolRadius, padding),
        };
    }
}
