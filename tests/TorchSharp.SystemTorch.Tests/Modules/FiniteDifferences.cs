using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Compares gradients with central differences, in double precision.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;

    public static void Check(Func<Tensor> output, params Tensor[] leaves)
    {
        using var scope = NewDisposeScope();
        foreach (var leaf in leaves)
        {
            leaf.requires_grad = true;
            leaf.grad = null;
        }

        // Weights of its own for every output element, so that no two errors cancel.
        var weights = Samples.Of(991, output().shape);
        double Loss()
        {
            using var inner = NewDisposeScope();
            using var quiet = no_grad();
            return output().mul(weights).sum().item<double>();
        }

        output().mul(weights).sum().backward();
        for (var k = 0; k < leaves.Length; k++)
        {
            var gradient = leaves[k].grad;
            Assert.That(gradient, Is.Not.Null, $"leaf {k} has no gradient");
            var analytic = Samples.Values(gradient);
            Assert.That(analytic, Has.Some.Not.EqualTo(0.0), $"the gradient of leaf {k} is zero");
            Assert.That(analytic, Is.EqualTo(Numeric(leaves[k], Loss)).Within(1e-7), $"leaf {k}");
        }
    }

    private static double[] Numeric(Tensor leaf, Func<double> loss)
    {
        using var flat = leaf.detach().view(-1);
        var result = new double[flat.numel()];
        for (var i = 0; i < result.Length; i++)
        {
            var before = flat.data<double>()[i];
            flat.data<double>()[i] = before + Step;
            var above = loss();
            flat.data<double>()[i] = before - Step;
            var below = loss();
            flat.data<double>()[i] = before;
            result[i] = (above - below) / (2 * Step);
        }

        return result;
    }
}
