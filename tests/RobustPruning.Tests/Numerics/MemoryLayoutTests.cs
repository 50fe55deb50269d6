using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Numerics;

/// <summary>
/// Convolutions of images whose channels came last in memory, as image readers give them, against plain loops in 64 bits.
/// </summary>
public sealed class MemoryLayoutTests
{
    [Test]
    public void AConvolutionIsTheSameWhateverTheOrderInMemory([Values(1, 2, 3)] int channels, [Values(1, 2, 5)] int images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        manual_seed(TestEnvironment.FreshSeed());
        foreach (var (kernel, stride, padding) in new[]
            {
                ((1L, 3L), (1L, 2L), (0L, 1L)), ((3, 1), (2, 1), (1, 0)), ((3, 3), (1, 1), (1, 1)), ((1, 1), (1, 1), (0, 0)),
            })
        {
            foreach (var (height, width) in new[] { (2, 2), (1, 4), (5, 3) })
            {
                using var network = nn.Sequential(nn.Conv2d(channels, 2, kernel, stride, padding));
                var layer = (ConvolutionNode)Graph.Of(network, channels, height, width).Output;
                var moved = rand(images, height, width, channels).permute(0, 3, 1, 2);
                var expected = Convolved(moved, layer.Convolution, stride, padding);
                var what = $"kernel {kernel}, stride {stride}, {channels} x {height} x {width}";
                foreach (var values in new[] { layer.Forward([moved]), layer.Forward([moved.contiguous()]), layer.Affine(moved) })
                    Assert.That(values.Numbers(), Is.EqualTo(expected).Within(1e-5), what);
            }
        }
    }

    [Test]
    public void ABlurIsTheSameWhateverTheOrderInMemory([Values] BlurEdges edges)
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var set = SemanticSet.Of(Blur.Box(0, 1, 3, edges)).WithoutClip();
        foreach (var (height, width) in new[] { (2, 2), (1, 4), (5, 3) })
        {
            var image = rand(height, width, 1).permute(2, 0, 1);
            Assert.That(
                set.Apply(image, [1]).Numbers(),
                Is.EqualTo(set.Apply(image.to(float64), [1]).Numbers()).Within(1e-5),
                $"{height} x {width}");
        }
    }

    private static double[] Convolved(Tensor images, Conv2d layer, (long Y, long X) stride, (long Y, long X) padding)
    {
        var (x, w, b) = (images.Numbers(), layer.weight.Numbers(), layer.bias!.Numbers());
        long channels = images.shape[1],
            height = images.shape[2],
            width = images.shape[3],
            kernelY = layer.weight.shape[2],
            kernelX = layer.weight.shape[3];
        var values = new List<double>();
        for (var n = 0L; n < images.shape[0]; n++)
        {
            for (var output = 0L; output < b.Length; output++)
            {
                for (var top = -padding.Y; top + kernelY <= height + padding.Y; top += stride.Y)
                {
                    for (var left = -padding.X; left + kernelX <= width + padding.X; left += stride.X)
                        values.Add(b[output] + Window(n, output, top, left));
                }
            }
        }

        return [.. values];

        double Window(long n, long output, long top, long left)
        {
            var sum = 0.0;
            for (var c = 0L; c < channels; c++)
            {
                for (var row = Math.Max(0, -top); row < Math.Min(kernelY, height - top); row++)
                {
                    for (var column = Math.Max(0, -left); column < Math.Min(kernelX, width - left); column++)
                        sum +=
                            w[(((((output * channels) + c) * kernelY) + row) * kernelX) + column]
                            * x[(((((n * channels) + c) * height) + top + row) * width) + left + column];
                }
            }

            return sum;
        }
    }
}
