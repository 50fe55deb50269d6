namespace RobustPruning.Onnx.VnnLib;

/// <summary>The variables that a text declares, and what it asserts of them.</summary>
/// <param name="Inputs">How many inputs there are: <c>X_0</c> to the one before.</param>
/// <param name="Outputs">How many outputs there are.</param>
/// <param name="Assertions">The assertions; all are to hold.</param>
internal sealed record Script(int Inputs, int Outputs, Conjunction Assertions);
