using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class TrainingLossTests
{
    [Test]
    public void TermsAddUpWithTheirWeights()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(TestEnvironment.FreshSeed());
        using var batch = LossProblem.Batch(network);
        double task = Value(new SampledLoss()), worst = Value(new WorstSampledLoss()), certified = Value(new CertifiedLoss());
        Assert.That(
            Value(new SampledLoss() + (0.5 * new WorstSampledLoss()) + (0.1 * new CertifiedLoss())),
            Is.EqualTo(task + (0.5 * worst) + (0.1 * certified)).Within(1e-12));
        Assert.That(Value(new SampledLoss().PlusRelative(new CertifiedLoss(), 3)), Is.EqualTo(4 * task).Within(1e-12));
        Assert.That(Value(new SampledLoss().PlusRelative(new CertifiedLoss(), 0)), Is.EqualTo(task).Within(1e-12));

        double Value(TrainingLoss loss) => loss.Of(batch).item<double>();
    }

    [Test]
    public void ARelativeTermHasItsOwnGradientAtTheTasksSize()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 3.0, 5.0 }).requires_grad_(true);
        Tensor task = x[0].square(), term = x[1] * 0.01;
        (task + TrainingLoss.Relative(term, task, 2)).backward();

        // The term 0.05 is scaled to 2 * 9, by 360; its own gradient is 0.01.
        Assert.That(x.grad!.Numbers(), Is.EqualTo(new[] { 6, 3.6 }).Within(1e-12));
    }

    [Test]
    public void ATermOfZeroStaysZero()
    {
        using var scope = NewDisposeScope();
        Tensor task = tensor(2.0), term = tensor(0.0);
        Assert.That(TrainingLoss.Relative(term, task, 5).item<double>(), Is.Zero);
    }

    [Test]
    public void AWeightOutOfRangeIsRefusedByValue([Values(-1, double.NaN, double.PositiveInfinity)] double weight)
    {
        using var scope = NewDisposeScope();
        var loss = new SampledLoss();
        Assert.That(() => weight * loss, Refused());
        Assert.That(() => loss.PlusRelative(loss, weight), Refused());
        Assert.That(() => TrainingLoss.Relative(ones(1), ones(1), weight), Refused());

        NUnit.Framework.Constraints.IResolveConstraint Refused() =>
            Throws
                .InstanceOf<ArgumentOutOfRangeException>()
                .With.Property("ParamName")
                .EqualTo("weight")
                .And.Property("ActualValue")
                .EqualTo(weight);
    }

    [Test]
    public void OneLineIsEnoughForOneTerm()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(TestEnvironment.FreshSeed());
        using var batch = LossProblem.Batch(network);
        var loss = new WassersteinLoss();
        Assert.That(
            loss.Of(network.Graph, batch.Images, LossProblem.Light, new Random(5), samples: 3).item<double>(),
            Is.EqualTo(loss.Of(batch).item<double>()).Within(1e-12));
    }

    [Test]
    public void AUsersOwnTermJoinsIn()
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        using var batch = LossProblem.Batch(network);
        Assert.That(
            (new OutputSize() + new OutputSize()).Of(batch).item<double>(),
            Is.EqualTo(2 * batch.Outputs.abs().mean().item<double>()).Within(1e-12));
    }

    [Test]
    public void LabelsThatAreMissedAreAskedFor([Values(0, 1, 2)] int which)
    {
        using var scope = NewDisposeScope();
        using var network = LossProblem.Network(1);
        TrainingLoss loss = which switch { 0 => new SampledLoss(), 1 => new WorstSampledLoss(), _ => new CertifiedLoss() };
        Assert.That(
            () => loss.Of(network.Graph, zeros(2, 1, 3, 3, dtype: float64), LossProblem.Light, new Random(1)),
            Throws.ArgumentException.With.Message.Contains("labels"));
    }

    [Test]
    public void ANetworkWithoutActivationsHasNothingToMeasure()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", nn.Linear(9, 2)));
        var graph = Graph.Of(network, 1, 3, 3);
        foreach (var loss in new TrainingLoss[] { new WassersteinLoss(), new RelaxationAreaLoss(), new RelaxationAttributionLoss() })
            Assert.That(
                () => loss.Of(graph, zeros(2, 1, 3, 3), LossProblem.Light, new Random(1)),
                Throws.ArgumentException.With.Message.Contains("to measure"));
    }

    [Test]
    public void MemoryIsFlatOverTrainingSteps()
    {
        using var network = LossProblem.Network(3);
        using var optimizer = optim.Adam(network.parameters(), 1e-3);
        var loss = (new SampledLoss() + (0.1 * new WorstSampledLoss()) + (0.1 * new CertifiedLoss()))
            .PlusRelative(new WassersteinLoss(), 1)
            .PlusRelative(new RelaxationAreaLoss(), 0.1)
            .PlusRelative(new RelaxationAreaLoss(SemanticIntervalPropagator.ForTraining), 0.1)
            .PlusRelative(new RelaxationAttributionLoss(), 0.1);
        var step = 0;
        Assert.That(LiveTensors.Growth(200, () =>
        {
            using var scope = NewDisposeScope();
            using var batch = LossProblem.Batch(network, progress: step++ / 300.0);
            optimizer.zero_grad();
            loss.Of(batch).backward();
            optimizer.step();
        }), Is.LessThanOrEqualTo(0));
    }

    private sealed class OutputSize : TrainingLoss
    {
        protected override Tensor Evaluate(TrainingBatch batch) => batch.Outputs.abs().mean();
    }
}
