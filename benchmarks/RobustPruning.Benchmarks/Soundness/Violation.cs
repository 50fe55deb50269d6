using RobustPruning.Graphs;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>A value that leaves its bounds.</summary>
internal sealed record Violation(
    GraphNode Node, long Neuron, int Box, string Domain, double Lower, double Value, double Upper, double[] Theta)
{
    public override string ToString() =>
        $"{Node.Name}, neuron {Neuron}, box {Box}: {Value:R} is not in [{Lower:R}, {Upper:R}] of '{Domain}'; theta "
        + $"{string.Join(", ", Theta.Select(value => value.ToString("R")))}";
}
