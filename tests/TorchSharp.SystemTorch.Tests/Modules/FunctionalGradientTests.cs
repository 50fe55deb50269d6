using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Gradients of the functions of <c>nn.functional</c> towards every tensor they take.</summary>
public class FunctionalGradientTests
{
    private static readonly long[] Two = [2, 2];

    private static IEnumerable<TestCaseData> Functions()
    {
        static TestCaseData Case(string name, Func<Tensor[], Tensor> function, params long[][] shapes) =>
            new TestCaseData(function, shapes).SetArgDisplayNames(name);

        long[] plane = [1, 2, 5, 5];
        yield return Case("conv2d", t => F.conv2d(t[0], t[1], t[2], [2, 1], [1, 0], [1, 2]), plane, [3, 2, 3, 2], [3]);
        yield return Case("conv2d_padding", t => F.conv2d_padding(t[0], t[1], null, padding: Padding.Same), plane, [3, 2, 3, 3]);
        yield return Case(
            "conv_transpose2d",
            t => F.conv_transpose2d(t[0], t[1], t[2], [2, 2], [1, 0], [1, 0], [1, 1]),
            [1, 2, 3, 3],
            [2, 3, 3, 2],
            [3]);
        yield return Case("linear", t => F.linear(t[0], t[1], t[2]), [2, 4], [3, 4], [3]);
        yield return Case("relu", t => F.relu(t[0]), plane);
        yield return Case("leaky_relu", t => F.leaky_relu(t[0], 0.3), plane);
        yield return Case("sigmoid", t => F.sigmoid(t[0]), plane);
        yield return Case("tanh", t => F.tanh(t[0]), plane);
        yield return Case("softmax", t => F.softmax(t[0], 1), [3, 4]);
        yield return Case("log_softmax", t => F.log_softmax(t[0], 0), [3, 4]);
        yield return Case("avg_pool2d", t => F.avg_pool2d(t[0], 2, stride: 1), plane);
        yield return Case("avg_pool2d with a divisor", t => F.avg_pool2d(t[0], Two, divisor_override: 3), plane);
        yield return Case("adaptive_avg_pool2d", t => F.adaptive_avg_pool2d(t[0], 3), plane);
        yield return Case("max_pool2d", t => F.max_pool2d(t[0], (2, 3), (1, 2)), plane);
        yield return Case("batch_norm", t => F.batch_norm(t[0], null, null, t[1], t[2], training: true), [3, 2, 4], [2], [2]);
        yield return Case("pad", t => F.pad(t[0], (1, 2, 0, 1), value: 0.5), plane);
        yield return Case("pad by reflection", t => F.pad(t[0], new long[] { 1, 2, 2, 1 }, PaddingModes.Reflect), plane);
        yield return Case("pad by replication", t => F.pad(t[0], (1, 2, 2, 1), PaddingModes.Replicate), plane);
        yield return Case("mse_loss", t => F.mse_loss(t[0], t[1]), [3, 4], [3, 4]);
        yield return Case("l1_loss", t => F.l1_loss(t[0], t[1]), [3, 4], [3, 4]);
        yield return Case("smooth_l1_loss", t => F.smooth_l1_loss(t[0], t[1], nn.Reduction.Sum, 0.5), [3, 4], [3, 4]);
        yield return Case("huber_loss", t => F.huber_loss(t[0], t[1], 0.5), [3, 4], [3, 4]);
        yield return Case("dropout of nothing", t => F.dropout(t[0], 0.5, training: false), plane);
        yield return Case("unfold", t => F.unfold(t[0], (2, 3), padding: (1, 0), stride: (2, 1)), plane);
        yield return Case("interpolate, nearest", t => F.interpolate(t[0], [7, 4]), plane);
        yield return Case("interpolate, area", t => F.interpolate(t[0], [3, 2], mode: InterpolationMode.Area), plane);
        yield return Case(
            "interpolate, bilinear", t => F.interpolate(t[0], null, [1.5, 2], InterpolationMode.Bilinear, align_corners: true), plane);
        yield return Case("interpolate, bicubic", t => F.interpolate(t[0], [8, 8], mode: InterpolationMode.Bicubic), plane);
        yield return Case("interpolate, linear", t => F.interpolate(t[0], [7], mode: InterpolationMode.Linear), [1, 2, 5]);
        yield return Case("interpolate, trilinear", t => F.interpolate(t[0], [2, 4, 3], mode: InterpolationMode.Trilinear), [1, 1, 3, 2, 2]);
        yield return Case(
            "interpolate, smoothed", t => F.interpolate(t[0], [3, 3], mode: InterpolationMode.Bilinear, antialias: true), plane);
    }

    [TestCaseSource(nameof(Functions))]
    public void FunctionsHaveTheirGradients(Func<Tensor[], Tensor> function, long[][] shapes)
    {
        using var scope = NewDisposeScope();
        var leaves = shapes.Select((shape, i) => Samples.Of(40 + i, shape)).ToArray();
        FiniteDifferences.Check(() => function(leaves), leaves);
    }

    [Test]
    public void CrossEntropyHasItsGradient()
    {
        using var scope = NewDisposeScope();
        var scores = Samples.Of(3, 4, 3);
        var classes = tensor(new long[] { 2, 0, 1, 1 });
        FiniteDifferences.Check(() => F.cross_entropy(scores, classes, label_smoothing: 0.1), scores);
    }
}
