using RobustPruning.Certification;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>What a certifier said about a detector with a hidden spike.</summary>
internal sealed record SpikeResult(int Dimension, double Width, double Height, double[] Hidden, Verdict Verdict, int Boxes, double Seconds)
{
    public override string ToString() =>
        $"{Dimension} parameters, width {Width:g3}, height {Height:g3}: {Verdict} in {Boxes} boxes, {Seconds:f2} s; theta* "
        + $"{string.Join(", ", Hidden.Select(value => value.ToString("R")))}";
}
