namespace RobustPruning.Onnx.VnnLib;

/// <summary>An input <c>X_i</c> or an output <c>Y_j</c> of the network.</summary>
internal readonly record struct ScriptVariable(bool IsOutput, int Index)
{
    public override string ToString() => $"{(IsOutput ? 'Y' : 'X')}_{Index}";
}
