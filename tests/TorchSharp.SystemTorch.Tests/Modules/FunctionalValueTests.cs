using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>What functions give, against formulas written out here.</summary>
public class FunctionalValueTests
{
    private DisposeScope scope;

    [SetUp]
    public void Open() => scope = NewDisposeScope();

    [TearDown]
    public void Close() => scope.Dispose();

    [TestCase(1, 0, 1, 1)]
    [TestCase(2, 1, 1, 1)]
    [TestCase(1, 2, 2, 1)]
    [TestCase(2, 1, 1, 2)]
    public void ConvolutionIsASumOverItsKernel(long stride, long padding, long dilation, long groups)
    {
        var (x, w, b) = (Samples.Of(1, 1, 4, 7, 7), Samples.Of(2, 2, 4 / groups, 3, 3), Samples.Of(3, 2));
        var y = F.conv2d(x, w, b, [stride, stride], [padding, padding], [dilation, dilation], groups);
        var (height, width) = (y.shape[2], y.shape[3]);
        Assert.That(height, Is.EqualTo(((7 + (2 * padding) - (2 * dilation) - 1) / stride) + 1));
        for (var o = 0L; o < 2; o++)
        {
            for (var i = 0L; i < height * width; i++)
            {
                var sum = b[o].item<double>();
                foreach (var (c, u, v) in Positions(4 / groups, 3, 3))
                {
                    var (row, column) = ((i / width * stride) + (u * dilation) - padding, (i % width * stride) + (v * dilation) - padding);
                    if (row is >= 0 and < 7 && column is >= 0 and < 7)
                    {
                        sum += w[o, c, u, v].item<double>() * x[0, (groups == 1 ? 0 : o * 2) + c, row, column].item<double>();
                    }
                }

                Assert.That(y[0, o, i / width, i % width].item<double>(), Is.EqualTo(sum).Within(1e-12));
            }
        }
    }

    [Test]
    public void TransposedConvolutionIsTheAdjoint()
    {
        var (x, w) = (Samples.Of(1, 2, 3, 7, 5), Samples.Of(2, 4, 3, 3, 3));
        var forward = F.conv2d(x, w, null, [2, 2], [1, 1]);
        var y = Samples.Of(4, forward.shape);
        var back = F.conv_transpose2d(y, w, null, [2, 2], [1, 1]);
        Assert.That(back.mul(x).sum().item<double>(), Is.EqualTo(forward.mul(y).sum().item<double>()).Within(1e-10));
    }

    [Test]
    public void UnfoldedPatchesTimesTheKernelAreTheConvolution()
    {
        var (x, w) = (Samples.Of(1, 2, 3, 6, 5), Samples.Of(2, 4, 3, 3, 3));
        var columns = F.unfold(x, 3, dilation: 1, padding: 2, stride: 2);
        var product = w.view(4, -1).matmul(columns);
        var expected = F.conv2d(x, w, null, [2, 2], [2, 2]);
        Samples.AreClose(product.view(expected.shape), expected, 1e-11);
    }

    [Test]
    public void PoolingTakesTheMeanOrTheMaximum()
    {
        var x = Samples.Of(1, 1, 1, 4, 4);
        var (mean, largest) = (F.avg_pool2d(x, 2), F.max_pool2d(x, 2));
        var values = Samples.Values(x);
        for (var i = 0; i < 4; i++)
        {
            var corner = (i / 2 * 8) + (i % 2 * 2);
            double[] patch = [values[corner], values[corner + 1], values[corner + 4], values[corner + 5]];
            Assert.That(Samples.Values(mean)[i], Is.EqualTo(patch.Average()).Within(1e-15));
            Assert.That(Samples.Values(largest)[i], Is.EqualTo(patch.Max()));
        }

        Samples.AreClose(F.adaptive_avg_pool2d(x, 1).flatten(), x.mean().view(1));
        var (_, places) = F.max_pool2d_with_indices(x, [4, 4]);
        Assert.That(places.item<long>(), Is.EqualTo(Array.IndexOf(values, values.Max())));
    }

    [Test]
    public void LossesFollowTheirFormulas([Values] nn.Reduction reduction)
    {
        var (x, y) = (Samples.Of(1, 3, 4), Samples.Of(2, 3, 4));
        var apart = Samples.Values(x - y).Select(Math.Abs).ToArray();
        Assert.That(apart, Has.Some.LessThan(0.7).And.Some.GreaterThan(0.7), "both branches are used");
        Check(F.l1_loss(x, y, reduction), d => d);
        Check(F.mse_loss(x, y, reduction), d => d * d);
        Check(F.huber_loss(x, y, 0.7, reduction), d => d < 0.7 ? d * d / 2 : 0.7 * (d - 0.35));
        Check(F.smooth_l1_loss(x, y, reduction, 0.7), d => d < 0.7 ? d * d / 1.4 : d - 0.35);

        void Check(Tensor loss, Func<double, double> formula)
        {
            var each = apart.Select(formula).ToArray();
            var expected = reduction switch
            {
                nn.Reduction.None => each,
                nn.Reduction.Sum => [each.Sum()],
                _ => [each.Average()],
            };
            Assert.That(Samples.Values(loss), Is.EqualTo(expected).Within(1e-12));
        }
    }

    [Test]
    public void CrossEntropyIsTheMeanSurprise()
    {
        var scores = Samples.Of(1, 3, 4);
        var classes = tensor(new long[] { 3, 0, -100 });
        var logs = F.log_softmax(scores, 1);
        var expected = -(logs[0, 3].item<double>() + logs[1, 0].item<double>()) / 2;
        Assert.That(F.cross_entropy(scores, classes).item<double>(), Is.EqualTo(expected).Within(1e-12));
        Samples.AreClose(F.softmax(scores, 1), logs.exp());
        Samples.AreClose(F.softmax(scores, 1).sum(1), ones([3], float64));
    }

    [Test]
    public void PaddingModesFillAsTheirNamesSay()
    {
        var x = tensor(new double[] { 1, 2, 3 }, [1, 1, 3]);
        Assert.That(F.pad(x, 1).shape, Is.EqualTo(new long[] { 3, 3, 5 }), "one number goes for all sides");
        double[] Padded(PaddingModes mode) => Samples.Values(F.pad(x, (2, 1), mode, mode == PaddingModes.Constant ? 9 : 0));
        Assert.That(Padded(PaddingModes.Constant), Is.EqualTo(new double[] { 9, 9, 1, 2, 3, 9 }));
        Assert.That(Padded(PaddingModes.Reflect), Is.EqualTo(new double[] { 3, 2, 1, 2, 3, 2 }));
        Assert.That(Padded(PaddingModes.Replicate), Is.EqualTo(new double[] { 1, 1, 1, 2, 3, 3 }));
        Assert.That(Padded(PaddingModes.Circular), Is.EqualTo(new double[] { 2, 3, 1, 2, 3, 1 }));
    }

    [Test]
    public void InterpolationMeetsItsSamples()
    {
        var x = tensor(new double[] { 1, 2, 3, 4 }, [1, 1, 2, 2]);
        Assert.That(Samples.Values(F.interpolate(x, [4, 2])), Is.EqualTo(new double[] { 1, 2, 1, 2, 3, 4, 3, 4 }));
        var fine = F.interpolate(x, [3, 3], mode: InterpolationMode.Bilinear, align_corners: true);
        Assert.That(Samples.Values(fine), Is.EqualTo(new double[] { 1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4 }).Within(1e-12));
        Assert.That(F.interpolate(x, null, [2, 3]).shape, Is.EqualTo(new long[] { 1, 1, 4, 6 }));
        Assert.That(() => F.interpolate(x, [2, 2], [1, 1]), Throws.Exception);
    }

    [Test]
    public void InPlaceActivationsChangeTheirInput()
    {
        var x = tensor(new double[] { -1, 2 });
        F.leaky_relu(x, 0.5, inplace: true);
        Assert.That(Samples.Values(x), Is.EqualTo(new[] { -0.5, 2 }));
        F.relu(x, inplace: true);
        Assert.That(Samples.Values(x), Is.EqualTo(new double[] { 0, 2 }));
    }

    private static IEnumerable<(long, long, long)> Positions(long a, long b, long c)
    {
        for (var i = 0L; i < a * b * c; i++)
        {
            yield return (i / (b * c), i / c % b, i % c);
        }
    }
}
