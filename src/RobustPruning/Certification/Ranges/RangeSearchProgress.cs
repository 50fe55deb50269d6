using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>How far a range search has come.</summary>
/// <param name="Boxes">Parameter boxes bounded.</param>
/// <param name="Gap">The relative gap reached: certified width over sampled width, less 1; infinite or NaN if no sample moved.</param>
public sealed record RangeSearchProgress(int Boxes, double Gap)
{
    /// <summary>For example <c>24 boxes, gap 0.8 %</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Boxes} boxes, gap {100 * Gap:0.#} %");
}
