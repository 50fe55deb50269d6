using System.Globalization;

namespace RobustPruning.Training;

/// <summary>The network at the end of a round.</summary>
/// <param name="Round">0 before the first cut, then the number of cuts made.</param>
/// <param name="Ratio">The share of the original channels removed, as planned.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="Macs">Multiply-accumulate operations for one image.</param>
/// <param name="Error">Mean error on the validation data, in pixels.</param>
/// <param name="Accepted">Whether the error is within the limit.</param>
public sealed record PruningRound(int Round, double Ratio, long Parameters, long Macs, double Error, bool Accepted)
{
    /// <summary>
    /// For example <c>round 2: 50 % gone, 12,345 parameters, 1,234,567 MACs, error 0.83 px</c>; what was refused says so.
    /// </summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"round {Round}: {100 * Ratio:0.#} % gone, {Parameters:N0} parameters, {Macs:N0} MACs, error {Error:0.00} "
            + $"px{(Accepted ? string.Empty : ", above the limit")}");
}
