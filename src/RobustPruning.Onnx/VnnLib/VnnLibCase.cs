using RobustPruning.Certification;

namespace RobustPruning.Onnx.VnnLib;

/// <summary>A box of inputs with the regions of outputs that are unsafe for them.</summary>
/// <param name="Lower">The lower bound of each input, in row-major order of the network's input; never above the one that is written.</param>
/// <param name="Upper">The upper bound of each input; never below the one that is written.</param>
/// <param name="Property">The regions; never smaller than those that are written. A strict bound counts as one with equality.</param>
public sealed record VnnLibCase(IReadOnlyList<double> Lower, IReadOnlyList<double> Upper, AvoidanceProperty Property);
