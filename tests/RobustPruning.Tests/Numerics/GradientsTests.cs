using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Numerics;

public sealed class GradientsTests
{
    [Test]
    public void AreThoseOfAProductAndZeroInWhatIsNotUsed()
    {
        using var scope = NewDisposeScope();
        Tensor x = rand(3, dtype: float64).requires_grad_(),
            unused = rand(2, dtype: float64).requires_grad_(),
            constant = rand(4, dtype: float64);
        var inner = x * x;
        var gradients = Gradients.Of((inner * x).sum(), [x, unused, constant, inner]);
        Assert.That(TensorValues.Gap(gradients[0], x.detach().square() * 3), Is.LessThan(1e-12));
        Assert.That(TensorValues.Gap(gradients[3], x.detach()), Is.LessThan(1e-12));
        Assert.That(gradients[1].Numbers(), Is.EqualTo(new double[2]));
        Assert.That(gradients[2].Numbers(), Is.EqualTo(new double[4]));
        Assert.That((x.grad, unused.grad), Is.EqualTo(((Tensor?)null, (Tensor?)null)));
    }

    [Test]
    public void WhatHasNoGradientIsRefused()
    {
        using var scope = NewDisposeScope();
        var x = rand(3).requires_grad_();
        Assert.That(() => Gradients.Of(x * x, [x]), Throws.InvalidOperationException);
        Assert.That(() => Gradients.Of(x.detach().sum(), [x]), Throws.InvalidOperationException);
    }
}
