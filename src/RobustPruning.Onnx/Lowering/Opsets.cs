namespace RobustPruning.Onnx.Lowering;

/// <summary>
/// The opsets that models may be written in; in an older one, operators are understood whose definition has not changed since.
/// </summary>
internal static class Opsets
{
    public const long First = 9;

    public const long Last = 23;
}
