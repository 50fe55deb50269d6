using RobustPruning.Numerics;

namespace KeypointRobustness.Runs;

/// <summary>What was found about a specification; as text in the form of the verification competition.</summary>
/// <param name="Outcome">The answer.</param>
/// <param name="Inputs">For <see cref="VerificationOutcome.Sat"/>, an input of the box, in row-major order.</param>
/// <param name="Outputs">The network's output on it, which is unsafe.</param>
internal sealed record VerificationAnswer(
    VerificationOutcome Outcome,
    IReadOnlyList<double>? Inputs = null,
    IReadOnlyList<double>? Outputs = null)
{
    public override string ToString()
    {
        var word = Outcome.ToString().ToLowerInvariant();
        if (Inputs is null || Outputs is null)
            return word;
        var values = Entries("X", Inputs, AsDouble).Concat(Entries("Y", Outputs, AsFloat));
        return $"{word}{Environment.NewLine}({string.Join(Environment.NewLine + " ", values)})";
    }

    private static IEnumerable<string> Entries(string name, IReadOnlyList<double> values, Func<double, string> text) =>
        values.Select((value, index) => $"({name}_{index} {text(value)})");

    /// <summary>The shortest decimal for float64. One for float32 may be so far from the number that it lies outside the box.</summary>
    private static string AsDouble(double value) => ExactDecimal.Of(value);

    /// <summary>The shortest decimal that a reader of the network's number type takes for the same number.</summary>
    private static string AsFloat(double value) => (float)value == value ? ExactDecimal.Of((float)value) : AsDouble(value);
}
