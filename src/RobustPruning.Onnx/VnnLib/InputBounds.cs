using System.Runtime.InteropServices;

namespace RobustPruning.Onnx.VnnLib;

/// <summary>A box of inputs; equal to another of the same bounds, bit for bit.</summary>
internal sealed record InputBounds(double[] Lower, double[] Upper)
{
    // As the hash: 0 and −0 are different bits.
    public bool Equals(InputBounds? other) =>
        other is not null && Bits(Lower).SequenceEqual(Bits(other.Lower)) && Bits(Upper).SequenceEqual(Bits(other.Upper));

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bits(Lower));
        hash.AddBytes(Bits(Upper));
        return hash.ToHashCode();
    }

    private static ReadOnlySpan<byte> Bits(double[] bounds) => MemoryMarshal.AsBytes<double>(bounds);
}
