using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class KeypointLossTests
{
    [Test]
    public void TheMeanSquaredErrorIsInHalfImageSizesOverLabelledCoordinates()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new[,] { { 1f, 2, 3, 4 }, { 5, 6, 7, 8 } });
        var labels = tensor(new[,] { { 3f, 6, float.NaN, float.NaN }, { 5, float.NaN, 7, 4 } });

        // Width 4, height 8: errors 2 / 2, 4 / 4, 0, 0, 4 / 4 over five labelled coordinates.
        Assert.That(KeypointLoss.MeanSquared(outputs, labels, height: 8, width: 4).item<float>(), Is.EqualTo(3f / 5).Within(1e-6));
    }

    [Test]
    public void MissingLabelsHaveNoGradient()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new[,] { { 1f, 2, 3, 4 } }).requires_grad_(true);
        var labels = tensor(new[,] { { 3f, float.NaN, float.NaN, 0 } });
        KeypointLoss.MeanSquared(outputs, labels, height: 8, width: 4).backward();

        // d/dx of ((x - label) / half)^2 / 2 labelled: (1 - 3) / 4 and (4 - 0) / 16.
        Assert.That(outputs.grad!.Numbers(), Is.EqualTo(new[] { -0.5, 0, 0, 0.25 }).Within(1e-6));
    }

    [Test]
    public void WithoutAnyLabelTheLossIsZeroAndTheErrorNoNumber()
    {
        using var scope = NewDisposeScope();
        var outputs = zeros(2, 2).requires_grad_(true);
        var labels = full([2, 2], float.NaN);
        var loss = KeypointLoss.MeanSquared(outputs, labels, 4, 4);
        loss.backward();
        Assert.That(loss.item<float>(), Is.Zero);
        Assert.That(outputs.grad!.Numbers(), Is.All.Zero);
        Assert.That(KeypointLoss.MeanError(outputs, labels), Is.NaN);
    }

    [Test]
    public void TheMeanErrorIsTheDistanceOverKeypointsLabelledInBothCoordinates()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new[,] { { 0f, 0, 1, 1 }, { 2, 2, 3, 3 } });
        var labels = tensor(new[,] { { 3f, 4, float.NaN, 1 }, { 2, 3, float.NaN, float.NaN } });
        Assert.That(KeypointLoss.MeanError(outputs, labels), Is.EqualTo((5 + 1) / 2.0));
    }

    [Test]
    public void APredictionThatIsNoNumberIsNotOverlooked()
    {
        using var outputs = tensor(new[,] { { 0f, 0, float.NaN, 1 } });
        using var labels = zeros(1, 4);
        Assert.That(KeypointLoss.MeanError(outputs, labels), Is.NaN);
    }
}
