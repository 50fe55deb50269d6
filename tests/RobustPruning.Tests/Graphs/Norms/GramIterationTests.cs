using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs.Norms;

public sealed class GramIterationTests
{
    // What the bound may be above the norm, beside the rounding of the test's own singular values.
    private const double Gap = 2e-6;

    [Test]
    public void TheBoundIsNeverBelowTheGreatestSingularValueAndHardlyAbove([Values(1, 2, 7, 40)] int rows, [Values(1, 3, 40)] int columns)
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        foreach (var size in new[] { 1e-250, 1e-20, 1, 1e30, 1e250 })
        {
            var matrices = randn(3, rows, columns, dtype: float64) * size;
            matrices[1] *= 0;
            matrices[2] *= 1.01;
            var truth = matrices[0, .., ..].unsqueeze(0);
            RequireClose(GramIteration.Norm(matrices), Math.Max(Largest(truth), Largest(matrices[2].unsqueeze(0))));
        }
    }

    [Test]
    public void ComplexMatricesCountAsTheirRealForm()
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        for (var round = 0; round < 20; round++)
        {
            Tensor real = randn(5, 4, 6, dtype: float64), imaginary = randn(5, 4, 6, dtype: float64);
            var form = cat([cat([real, -imaginary], 2), cat([imaginary, real], 2)], 1);
            RequireClose(GramIteration.Norm(real, imaginary), Enumerable.Range(0, 5).Max(index => Largest(form[index].unsqueeze(0))));
        }
    }

    [Test]
    public void MatricesThatStretchAllDirectionsAlikeAreNoException()
    {
        using var scope = NewDisposeScope();
        RequireClose(GramIteration.Norm(eye(300, dtype: float64).unsqueeze(0) * 3), 3);
        RequireClose(GramIteration.Norm(ones([1, 50, 20], dtype: float64)), Math.Sqrt(1000));
        Assert.That(GramIteration.Norm(zeros(2, 3, 4, dtype: float64)), Is.EqualTo((0.0, 0.0)));
    }

    [Test]
    public void WhatIsKnownAlreadyIsNotSearchedBelow()
    {
        using var scope = NewDisposeScope();
        var (upper, lower) = GramIteration.Norm(eye(4, dtype: float64).unsqueeze(0), known: 5);
        Assert.That((upper, lower), Is.EqualTo((5.0, 5.0)).Within(1e-9));
    }

    private static double Largest(Tensor matrices) => linalg.svdvals(matrices).max().item<double>();

    private static void RequireClose((double Upper, double Lower) bound, double truth)
    {
        Assert.That(bound.Upper, Is.InRange(truth * (1 - 1e-13), truth * (1 + Gap)));
        Assert.That(bound.Lower, Is.InRange(truth * (1 - Gap), truth * (1 + 1e-13)));
    }
}
