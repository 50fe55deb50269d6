using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Gradients of modules towards their inputs and all of their parameters.</summary>
public class ModuleGradientTests
{
    private static IEnumerable<TestCaseData> Layers()
    {
        static TestCaseData Case(string name, Func<nn.Module<Tensor, Tensor>> make, params long[] shape) =>
            new TestCaseData(make, shape).SetArgDisplayNames(name);

        yield return Case("linear", () => nn.Linear(4, 3), 5, 4);
        yield return Case("linear without bias", () => nn.Linear(4, 3, hasBias: false), 2, 4);
        yield return Case("linear over three dimensions", () => nn.Linear(4, 3), 2, 3, 4);
        yield return Case("convolution", () => nn.Conv2d(2, 3, 3), 2, 2, 5, 5);
        yield return Case("strided convolution", () => nn.Conv2d(2, 3, 3, stride: 2, padding: 1), 2, 2, 6, 5);
        yield return Case("dilated convolution", () => nn.Conv2d(2, 2, 2, dilation: 2, bias: false), 1, 2, 5, 5);
        yield return Case("grouped convolution", () => nn.Conv2d(4, 2, 3, padding: 1, groups: 2), 1, 4, 4, 4);
        yield return Case("oblong convolution", () => nn.Conv2d(1, 2, (3, 2), (1, 2), (0, 1)), 1, 1, 5, 4);
        yield return Case("same padding", () => nn.Conv2d(1, 2, 3, Padding.Same), 1, 1, 4, 4);
        yield return Case("same padding of an even kernel", () => nn.Conv2d(1, 2, 2, Padding.Same), 1, 1, 4, 4);
        yield return Case("reflecting padding", () => nn.Conv2d(1, 2, 3, padding: 1, padding_mode: PaddingModes.Reflect), 1, 1, 4, 4);
        yield return Case("circular padding", () => nn.Conv2d(1, 2, 3, padding: 1, padding_mode: PaddingModes.Circular), 1, 1, 4, 4);
        yield return Case("rectifier", () => nn.ReLU(), 3, 4);
        yield return Case("leaky rectifier", () => nn.LeakyReLU(0.2), 3, 4);
        yield return Case("sigmoid", () => nn.Sigmoid(), 3, 4);
        yield return Case("tanh", () => nn.Tanh(), 3, 4);
        yield return Case("batch norm of planes", () => nn.BatchNorm2d(3), 2, 3, 2, 3);
        yield return Case("batch norm of vectors", () => nn.BatchNorm1d(3), 4, 3);
        yield return Case("batch norm of signals", () => nn.BatchNorm1d(3), 2, 3, 4);
        yield return Case("flatten", () => nn.Flatten(), 2, 3, 2);
        yield return Case("mean pooling", () => nn.AvgPool2d(2), 1, 2, 4, 4);
        yield return Case("mean pooling with padding", () => nn.AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false), 1, 2, 5, 5);
        yield return Case("adaptive mean pooling", () => nn.AdaptiveAvgPool2d((2, 3)), 1, 2, 5, 7);
        yield return Case("maximum pooling", () => nn.MaxPool2d(2), 1, 2, 4, 4);
        yield return Case("maximum pooling with overlap", () => nn.MaxPool2d(3, stride: 1, padding: 1), 1, 1, 4, 4);
        yield return Case("identity", () => nn.Identity(), 2, 3);
        yield return Case(
            "a chain",
            () => nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.LeakyReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8, 2)),
            2,
            1,
            6,
            6);
    }

    [TestCaseSource(nameof(Layers))]
    public void LayersHaveTheGradientsOfTheirFunctions(Func<nn.Module<Tensor, Tensor>> make, long[] shape)
    {
        using var layer = Samples.Filled(make());
        using var input = Samples.Of(5, shape);
        FiniteDifferences.Check(() => layer.call(input), [input, .. layer.parameters()]);
    }

    [Test]
    public void BatchNormInEvaluationHasItsGradientToo()
    {
        using var layer = Samples.Filled(nn.BatchNorm2d(2));
        using var input = Samples.Of(5, 2, 2, 3, 3);
        layer.forward(input).Dispose();
        layer.eval();
        FiniteDifferences.Check(() => layer.call(input), [input, .. layer.parameters()]);
    }

    private static IEnumerable<TestCaseData> Losses()
    {
        foreach (var reduction in Enum.GetValues<nn.Reduction>())
        {
            TestCaseData Case(string name, Func<nn.Module<Tensor, Tensor, Tensor>> make) =>
                new TestCaseData(make).SetArgDisplayNames(name, reduction.ToString());

            yield return Case("squares", () => nn.MSELoss(reduction));
            yield return Case("magnitudes", () => nn.L1Loss(reduction));
            yield return Case("smooth magnitudes", () => nn.SmoothL1Loss(reduction, 0.7));
            yield return Case("Huber", () => nn.HuberLoss(0.6, reduction));
        }
    }

    [TestCaseSource(nameof(Losses))]
    public void LossesHaveTheGradientsOfTheirFunctions(Func<nn.Module<Tensor, Tensor, Tensor>> make)
    {
        using var loss = make();
        using var input = Samples.Of(5, 3, 4);
        using var target = Samples.Of(6, 3, 4);
        FiniteDifferences.Check(() => loss.call(input, target), input, target);
    }

    [Test]
    public void CrossEntropyHasTheGradientOfItsFunction([Values] nn.Reduction reduction, [Values] bool weighted)
    {
        using var weight = weighted ? tensor(new[] { 0.5, 1.0, 2.0 }) : null;
        using var loss = nn.CrossEntropyLoss(weight, ignore_index: 1, reduction: reduction);
        using var input = Samples.Of(5, 4, 3);
        using var target = tensor(new long[] { 0, 2, 1, 2 });
        FiniteDifferences.Check(() => loss.call(input, target), input);
    }
}
