namespace RobustPruning.Benchmarks.Networks;

/// <summary>A .npy file or a folder of them is damaged or of another kind. The message names the file.</summary>
internal sealed class NpyException(string path, string problem) : IOException($"'{path}': {problem}");
