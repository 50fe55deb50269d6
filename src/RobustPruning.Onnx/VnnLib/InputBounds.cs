using System.Runtime.InteropServices;

namespace RobustPruning.Onnx.VnnLib;

/// <summary>A box of inputs; equal to another of the same bounds, bit for bit.</summary>
internal sealed record InputBounds(double[] Lower, double[] Upper)
{
    public bool Equals(InputBounds? other) => other is not null && Lower.SequenceEqual(other.Lower) && Upper.SequenceEqual(other.Upper);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes<double>(Lower));
        hash.AddBytes(MemoryMarshal.AsBytes<double>(Upper));
        return hash.ToHashCode();
    }
}
