using RobustPruning.Graphs;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class KeypointEvaluationTests
{
    [Test]
    public void PredictionsInBatchesEqualSinglePredictionsAndTheModeStays()
    {
        using var scope = NewDisposeScope();
        using var normalization = nn.BatchNorm2d(1);
        using var network = nn.Sequential(("bn", normalization), ("flatten", nn.Flatten()), ("fc", nn.Linear(4, 2)));
        var images = rand(70, 1, 2, 2);
        var predicted = KeypointEvaluation.Predict(Graph.Of(network, 1, 2, 2), images);
        Assert.That(normalization.training, Is.True);
        network.eval();
        Assert.That(TensorValues.Gap(predicted, network.forward(images)), Is.LessThan(1e-6));
        Assert.That(predicted.requires_grad, Is.False);
    }

    [Test]
    public void OutputVariationIsTheRatioOfStandardDeviations()
    {
        using var scope = NewDisposeScope();

        // Predictions are half the pixel and a constant; labels are the pixel and its double.
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[0.5], [0]], 0, 3)));
        var images = tensor(new[] { 0f, 1, 0.5f, 0.25f }).reshape(4, 1, 1, 1);
        var graph = Graph.Of(network, 1, 1, 1);
        using var data = new KeypointData(images, cat([images.flatten(1), images.flatten(1) * 2], 1));
        Assert.That(KeypointEvaluation.OutputVariation(graph, data), Is.EqualTo(0.5 / 3).Within(1e-6));
    }

    [Test]
    public void UnlabelledEntriesDoNotCountInTheVariation()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear([[2], [1]], 0, 0)));
        var images = tensor(new[] { 0f, 1, 0.5f }).reshape(3, 1, 1, 1);
        using var data = new KeypointData(images, tensor(new[,] { { 0f, 0 }, { 1, 1 }, { float.NaN, 0.5f } }));

        // x: predictions 0, 2 against labels 0, 1; y: both the same.
        var deviation = Math.Sqrt(0.5 / 3);
        Assert.That(
            KeypointEvaluation.OutputVariation(Graph.Of(network, 1, 1, 1), data),
            Is.EqualTo((1 + deviation) / (0.5 + deviation)).Within(1e-6));
    }

    [Test]
    public void DataThatDoesNotFitIsRefused()
    {
        using var images = zeros(2, 1, 2, 2);
        using var sick = full([2, 1, 2, 2], double.NaN);
        using var none = zeros(0, 1, 2, 2);
        using var labels = zeros(2, 4);
        using var odd = zeros(2, 3);
        using var few = zeros(1, 4);
        Assert.That(() => new KeypointData(sick, labels), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => new KeypointData(none, labels), Throws.ArgumentException);
        Assert.That(() => new KeypointData(images, odd), Throws.ArgumentException.With.Message.Contains("[2, 3]"));
        Assert.That(() => new KeypointData(images, few), Throws.ArgumentException.With.Message.Contains("[1, 4]"));
    }
}
