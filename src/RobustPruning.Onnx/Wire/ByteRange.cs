namespace RobustPruning.Onnx.Wire;

/// <summary>Bytes of a file that stay there until they are wanted.</summary>
/// <param name="Source">The file.</param>
/// <param name="Offset">Where they begin.</param>
/// <param name="Length">How many they are.</param>
internal sealed record ByteRange(ByteSource Source, long Offset, long Length);
