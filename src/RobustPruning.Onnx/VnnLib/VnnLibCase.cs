using System.Globalization;
using RobustPruning.Certification;

namespace RobustPruning.Onnx.VnnLib;

/// <summary>A box of inputs with the regions of outputs that are unsafe for them.</summary>
/// <param name="Lower">
/// The lower bound of each input, in row-major order of the network's input; never above the one that is written.
/// </param>
/// <param name="Upper">The upper bound of each input; never below the one that is written.</param>
/// <param name="Property">The regions; never smaller than those that are written. A strict bound counts as one with equality.</param>
public sealed record VnnLibCase(IReadOnlyList<double> Lower, IReadOnlyList<double> Upper, AvoidanceProperty Property)
{
    /// <summary>The box as it is written, rounded inwards.</summary>
    internal WitnessBounds? Within { get; init; }

    /// <summary>
    /// Inputs next to given ones that can be written down: within the box as it is written wherever a number of 32 bits, or else of 64
    /// bits, is; otherwise the 64-bit number nearest to what is written, whose shortest decimal is what is written.
    /// </summary>
    /// <param name="inputs">The inputs, in row-major order.</param>
    /// <exception cref="ArgumentException">There are not as many inputs as bounds.</exception>
    public double[] Witness(IReadOnlyList<double> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count != Lower.Count)
            throw new ArgumentException($"There are {inputs.Count} inputs for {Lower.Count} bounds.", nameof(inputs));
        var within = Within ?? new WitnessBounds([.. Lower], [.. Upper], [.. Lower]);
        return [.. inputs.Select((value, input) => within.Witness(input, value))];
    }

    /// <summary>For example <c>784 inputs, 2 regions to avoid on 10 outputs</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Lower.Count} inputs, {Property}");
}
