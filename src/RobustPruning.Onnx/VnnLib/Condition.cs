namespace RobustPruning.Onnx.VnnLib;

/// <summary>What a comparison says, in 64-bit numbers: never less than what is written may be true.</summary>
internal abstract record Condition
{
    // Whole numbers up to here are 64-bit numbers.
    private const long LargestWhole = 1L << 53;

    /// <summary>What a comparison says.</summary>
    /// <exception cref="VnnLibException">It relates inputs with each other or with outputs, or its numbers are out of range.</exception>
    public static Condition Of(Comparison comparison)
    {
        var term = comparison.Term;
        ScriptVariable[] inputs = [.. term.Coefficients.Keys.Where(variable => !variable.IsOutput)];
        try
        {
            return term.Coefficients.Count == 0 ? new ConstantCondition(comparison.HoldsFor(term.Constant))
                : inputs.Length == 0 ? RowOf(comparison)
                : term.Coefficients.Count == 1 ? BoundOf(comparison, inputs[0])
                : throw comparison.Place.Error(inputs.Length == 1
                    ? $"it relates the input {inputs[0]} with outputs; only a bound of an input can be read."
                    : $"it relates the inputs {inputs[0]} and {inputs[1]}; only bounds of one input each can be read.");
        }
        catch (OverflowException error)
        {
            throw comparison.Place.Error(error.Message);
        }
    }

    /// <summary><c>c x + k ≤ 0</c> bounds x by −k / c, from above if c is positive.</summary>
    private static BoundCondition BoundOf(Comparison comparison, ScriptVariable input)
    {
        var (coefficient, constant) = (comparison.Term.Coefficients[input], comparison.Term.Constant);
        var (numerator, denominator) = coefficient.Sign > 0 ? (-constant, coefficient) : (constant, -coefficient);
        var (below, above) = (DirectedRounding.Down(numerator, denominator), DirectedRounding.Up(numerator, denominator));
        var (limit, within) = coefficient.Sign > 0 ? (above, below) : (below, above);
        limit = Finite(limit, comparison.Place);
        if (comparison.IsStrict && (ExactDecimal.Of(within) * denominator).CompareTo(numerator) == 0)
            within = coefficient.Sign > 0 ? Math.BitDecrement(within) : Math.BitIncrement(within);
        return new BoundCondition(input.Index, coefficient.Sign > 0, limit, within, Nearest(numerator, denominator, limit, within));
    }

    /// <summary>Which of two 64-bit numbers is nearer to a quotient.</summary>
    private static double Nearest(ExactDecimal numerator, ExactDecimal denominator, double first, double second)
    {
        // The quotient lies between them: it is nearer to the first if twice of it is nearer to twice the first than to their sum.
        var middle = (ExactDecimal.Of(first) + ExactDecimal.Of(second)) * denominator;
        var side = (numerator + numerator).CompareTo(middle);
        return side == 0 || (side > 0) == (first > second) ? first : second;
    }

    /// <summary>A row whose weights are whole numbers: those written, times a power of ten.</summary>
    private static RowCondition RowOf(Comparison comparison)
    {
        var coefficients = comparison.Term.Coefficients;
        var exponent = coefficients.Values.Min(coefficient => coefficient.Exponent);
        var weights = coefficients.ToDictionary(entry => entry.Key.Index, entry => entry.Value.DigitsAt(exponent));
        if (weights.Values.Any(weight => weight > LargestWhole || weight < -LargestWhole))
            throw comparison.Place.Error("its coefficients have more digits than can be kept exactly.");
        var limit = DirectedRounding.Up(-comparison.Term.Constant, new ExactDecimal(1, exponent));
        return new RowCondition(weights.ToDictionary(entry => entry.Key, entry => (double)entry.Value), Finite(limit, comparison.Place));
    }

    private static double Finite(double limit, Place place) =>
        double.IsFinite(limit) ? limit : throw place.Error("its numbers are too large or too small.");
}

/// <summary>Always true, or never.</summary>
internal sealed record ConstantCondition(bool IsTrue) : Condition;

/// <summary>A bound of an input.</summary>
/// <param name="Input">The input's index.</param>
/// <param name="IsUpper">Whether it bounds from above.</param>
/// <param name="Limit">The bound, rounded outwards.</param>
/// <param name="Within">The bound, rounded inwards: a 64-bit number that fulfils what is written.</param>
/// <param name="Nearest">The 64-bit number nearest to what is written.</param>
internal sealed record BoundCondition(int Input, bool IsUpper, double Limit, double Within, double Nearest) : Condition;

/// <summary>A linear constraint <c>a y ≤ b</c> on outputs; a by index, whole numbers.</summary>
internal sealed record RowCondition(IReadOnlyDictionary<int, double> Weights, double Limit) : Condition;
