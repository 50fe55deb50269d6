using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Numerics;

/// <summary>Convolutions of images whose channels came last in memory, as image readers give them.</summary>
public sealed class MemoryLayoutTests
{
    [Test]
    public void AConvolutionIsTheSameWhateverTheOrderInMemory([Values(1, 2, 3)] int channels, [Values(1, 2, 5)] int images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (kernel, stride, padding) in new[] { ((1L, 3L), (1L, 2L), (0L, 1L)), ((3, 1), (2, 1), (1, 0)), ((3, 3), (1, 1), (1, 1)), ((1, 1), (1, 1), (0, 0)) })
        {
            foreach (var (height, width) in new[] { (2, 2), (1, 4), (5, 3) })
            {
                using var network = nn.Sequential(nn.Conv2d(channels, 2, kernel, stride, padding));
                var graph = Graph.Of(network, channels, height, width);
                var layer = (ConvolutionNode)graph.Output;
                var moved = rand(images, height, width, channels).permute(0, 3, 1, 2);
                var expected = layer.Affine(moved.to(float64));
                var what = $"kernel {kernel}, stride {stride}, {channels} x {height} x {width}";
                foreach (var values in new[] { graph.Forward(moved), layer.Affine(moved), graph.Forward(moved.contiguous()) })
                    Assert.That(TensorValues.Gap(values.to(float64), expected), Is.LessThan(1e-4), what);
            }
        }
    }
}
