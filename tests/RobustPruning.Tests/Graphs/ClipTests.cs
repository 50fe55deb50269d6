using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

public sealed class ClipTests
{
    private const double Infinity = double.PositiveInfinity;

    [TestCase(0, 6)]
    [TestCase(-1, 1)]
    [TestCase(0.5, Infinity)]
    [TestCase(-Infinity, -0.5)]
    [TestCase(-Infinity, Infinity)]
    [TestCase(2, 2)]
    public void ValuesAreClipped(double minimum, double maximum)
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([50]);
        var node = (ClipNode)builder.Clip("clip", builder.Input, minimum, maximum);
        var input = randn(2, 50, dtype: float64) * 4;
        Assert.That(
            builder.Build(node).Forward(input).Numbers(),
            Is.EqualTo(input.Numbers().Select(value => Math.Clamp(value, minimum, maximum))));
        Assert.That((node.Minimum, node.Maximum), Is.EqualTo((minimum, maximum)));
    }

    [TestCase(1, 0)]
    [TestCase(double.NaN, 1)]
    [TestCase(0, double.NaN)]
    [TestCase(Infinity, Infinity)]
    [TestCase(-Infinity, -Infinity)]
    public void LimitsThatAreNoneAreRefused(double minimum, double maximum)
    {
        var builder = new GraphBuilder([2]);
        Assert.That(() => builder.Clip("odd", builder.Input, minimum, maximum), Throws.TypeOf<GraphException>()
            .With.Message.Contains("'odd'").And.Message.Contains($"{minimum}"));
    }

    [Test]
    public void ANeuronIsUnstableWhereALimitLiesWithinItsBounds()
    {
        // Around 0 nothing bends; at 1 and 3 it does.
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([5]);
        var graph = builder.Build(builder.Clip("clip", builder.Input, 1, 3));
        using var box = InputBox.Of(tensor(new[] { -1.0, 0, 1, 2, 3 }), tensor(new[] { 1.0, 2, 3, 4, 5 }));
        using var images = box.Set.Enclose(box.Centre, box.Set.Box);
        foreach (IBoundPropagator domain in new IBoundPropagator[]
            {
                new IntervalPropagator(outward: false),
                SemanticIntervalPropagator.ForTraining,
            })
        {
            using var bounds = domain.Propagate(graph, images);
            Assert.That(bounds.PreActivations.Single().Kinks, Is.EqualTo(new[] { 1.0, 3 }));
            Assert.That(bounds.PreActivations.Single().Unstable(), Is.EqualTo(2), domain.Name);
        }
    }

    [Test]
    public void GradientsThroughItsRelaxationAreNumbers()
    {
        using var scope = NewDisposeScope();
        foreach (var (minimum, maximum) in new[] { (0.0, Infinity), (-Infinity, 0.5), (-1, 1), (-Infinity, Infinity), (0.5, 0.5) })
        {
            Tensor lower = tensor(new[] { -3.0, -0.5, 0.5, 2, 0.5 }).requires_grad_(),
                upper = tensor(new[] { -2.0, 0.7, 0.6, 3, 0.5 }).requires_grad_();
            var relaxation = Relaxation.OfClip(lower, upper, minimum, maximum);
            (relaxation.Slope + relaxation.Offset + relaxation.Size).sum().backward();
            Assert.That(lower.grad!.isfinite().all().item<bool>() && upper.grad!.isfinite().all().item<bool>(), $"[{minimum}, {maximum}]");
        }
    }
}
