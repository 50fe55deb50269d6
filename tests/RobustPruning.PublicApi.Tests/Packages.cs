using RobustPruning.Data;
using RobustPruning.Gpu;
using RobustPruning.Graphs;
using RobustPruning.Onnx;

namespace RobustPruning.Tests.PublicApi;

/// <summary>All that the packages show.</summary>
internal static class Packages
{
    public static IReadOnlyList<Type> PublicTypes { get; } =
        [.. new[] { typeof(Graph), typeof(KeypointDataset), typeof(GpuDevice), typeof(OnnxModel) }.SelectMany(type => type.Assembly.GetExportedTypes())];
}
