using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Onnx;

namespace RobustPruning.Tests.PublicApi;

/// <summary>All that the three packages show.</summary>
internal static class Packages
{
    public static IReadOnlyList<Type> PublicTypes { get; } =
        [.. new[] { typeof(Graph), typeof(KeypointDataset), typeof(OnnxModel) }.SelectMany(type => type.Assembly.GetExportedTypes())];
}
