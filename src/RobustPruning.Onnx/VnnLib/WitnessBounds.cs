namespace RobustPruning.Onnx.VnnLib;

/// <summary>
/// The box of inputs as it is written, rounded inwards: every number between these bounds fulfils the text. Where no 64-bit number does, as
/// for an input fixed at 0.1, the one nearest to the lower bound stands for it.
/// </summary>
internal sealed record WitnessBounds(double[] Lower, double[] Upper, double[] Nearest)
{
    /// <summary>The bounds that conditions make, in any order.</summary>
    public static WitnessBounds Of(int inputs, IEnumerable<BoundCondition> conditions)
    {
        var bounds = new WitnessBounds(new double[inputs], new double[inputs], new double[inputs]);
        Array.Fill(bounds.Lower, double.NegativeInfinity);
        Array.Fill(bounds.Upper, double.PositiveInfinity);
        foreach (var condition in conditions)
        {
            var input = condition.Input;
            if (condition.IsUpper)
                bounds.Upper[input] = Math.Min(bounds.Upper[input], condition.Within);
            else if (condition.Within > bounds.Lower[input])
                (bounds.Lower[input], bounds.Nearest[input]) = (condition.Within, condition.Nearest);
        }

        return bounds;
    }

    /// <summary>What lies within both.</summary>
    public WitnessBounds And(WitnessBounds other) =>
        new([.. Lower.Zip(other.Lower, Math.Max)], [.. Upper.Zip(other.Upper, Math.Min)], Nearest);

    /// <summary>
    /// The 32-bit number next to a value that lies within; else the 64-bit number; else, where none does, the one nearest to what is
    /// written.
    /// </summary>
    public double Witness(int input, double value)
    {
        var (lower, upper) = (Lower[input], Upper[input]);
        if (!(lower <= upper))
            return Nearest[input];
        var near = (float)value;
        if (near > upper)
            near = MathF.BitDecrement(near);
        else if (near < lower)
            near = MathF.BitIncrement(near);
        return near >= lower && near <= upper ? near : Math.Clamp(value, lower, upper);
    }
}
