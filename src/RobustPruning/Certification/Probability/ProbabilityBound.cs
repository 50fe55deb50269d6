using System.Globalization;
using RobustPruning.Graphs;

namespace RobustPruning.Certification;

/// <summary>
/// An upper bound of the probability that outputs move by more than a tolerance when θ is drawn uniformly from the set's box:
/// <c>P(‖f(x(θ)) − f(x₀)‖_q &gt; δ) ≤ C_i² Σ_j E[Δ_j²] / δ²</c> for every q ≥ 2, by Markov's inequality at a cut i of the network. It is a
/// statement about chance and not about every θ; and unless <see cref="IsProof"/> it leans on sampled deviations as if they were the true
/// ones, without a confidence, which a <see cref="ProbabilityEstimate"/> has.
/// </summary>
/// <param name="Claim">The keypoint's index k; null for the output as a whole.</param>
/// <param name="Cut">The node i.</param>
/// <param name="Constant">C_i: how far these outputs move when the node's value moves by 1.</param>
/// <param name="Deviation">Σ_j E[Δ_j²] over the node's neurons, or a bound of it.</param>
/// <param name="Tolerance">δ, in the output's unit.</param>
/// <param name="Metric">The name of the metric that the deviation is from.</param>
/// <param name="IsProof">Whether the deviation is proved to be no less than the true one.</param>
public sealed record ProbabilityBound(
    int? Claim, GraphNode Cut, double Constant, double Deviation, double Tolerance, string Metric, bool IsProof)
{
    // What a few products may lose, with room to spare.
    private const double Outward = 1 + 1e-14;

    /// <summary>The bound, in [0, 1]; 1 says nothing.</summary>
    public double Upper => Math.Min(1, Constant * Constant * Deviation / (Tolerance * Tolerance) * Outward);

    /// <summary>
    /// For example <c>moves by more than 2 with probability 0.013 at most (Markov at fc1 [128]; proved by bounds, ...)</c>, or
    /// <c>... if the deviation sampled at some θ is the true one: no proof</c>.
    /// </summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"moves by more than {Tolerance} with probability {Upper:g3} at most (Markov at {Cut}; {Metric}{Ground})");

    private string Ground => IsProof ? ": proved for θ uniform on the box" : ": if the sampled deviation is the true one, no proof";
}
