using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Runs an optimizer of the engine and a plain loop side by side on Σ cᵢ(xᵢ - tᵢ)⁴ + Σ xᵢ.</summary>
internal static class Descent
{
    private static readonly double[] Start = [1.0, -0.5, 2.0, 0.25];
    private static readonly double[] Target = [0.2, 0.4, -1.0, 0.0];
    private static readonly double[] Weight = [1.0, 0.3, 0.05, 2.0];

    public static Parameter Variable() => nn.Parameter(tensor(Start));

    public static Tensor Loss(Tensor x)
    {
        using var scope = NewDisposeScope();
        return ((x - tensor(Target)).pow(4).mul(tensor(Weight)).sum() + x.sum()).MoveToOuterDisposeScope();
    }

    public static void Step(optim.Optimizer optimizer, params Parameter[] parameters)
    {
        optimizer.zero_grad();
        foreach (var parameter in parameters)
        {
            using var loss = Loss(parameter);
            loss.backward();
        }

        optimizer.step();
    }

    /// <summary>What a rule for one number, (x, gradient, step from 1, its memory) → x, makes of the start.</summary>
    public static double[] Plain(int steps, Func<double, double, int, double[], double> rule) => Start.Select((x, i) =>
    {
        var memory = new double[4];
        for (var step = 1; step <= steps; step++)
        {
            x = rule(x, (4 * Weight[i] * Math.Pow(x - Target[i], 3)) + 1, step, memory);
        }

        return x;
    }).ToArray();

    public static void Compare(Func<Parameter, optim.Optimizer> make, Func<double, double, int, double[], double> rule)
    {
        const int Steps = 40;
        using var x = Variable();
        using var optimizer = make(x);
        for (var i = 0; i < Steps; i++)
        {
            Step(optimizer, x);
        }

        Assert.That(Samples.Values(x), Is.EqualTo(Plain(Steps, rule)).Within(1e-12));
        Assert.That(x.requires_grad && x.is_leaf);
    }
}
