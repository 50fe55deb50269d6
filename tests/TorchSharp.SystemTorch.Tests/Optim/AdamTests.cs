using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class AdamTests
{
    private const double Rate = 0.02;
    private const double Beta1 = 0.8;
    private const double Beta2 = 0.95;
    private const double Eps = 1e-6;

    [Test]
    public void AdamFollowsItsRule([Values(0, 0.1)] double decay, [Values] bool amsgrad, [Values] bool maximize) =>
        Descent.Compare(
            x => optim.Adam([x], Rate, Beta1, Beta2, Eps, decay, amsgrad, maximize),
            (x, gradient, step, memory) => Rule(x, (maximize ? -gradient : gradient) + (decay * x), step, memory, amsgrad));

    private static double Rule(double x, double g, int step, double[] memory, bool amsgrad)
    {
        memory[0] = (Beta1 * memory[0]) + ((1 - Beta1) * g);
        memory[1] = (Beta2 * memory[1]) + ((1 - Beta2) * g * g);
        memory[2] = Math.Max(memory[2], memory[1]);
        var square = amsgrad ? memory[2] : memory[1];
        var root = (Math.Sqrt(square) / Math.Sqrt(1 - Math.Pow(Beta2, step))) + Eps;
        return x - (Rate / (1 - Math.Pow(Beta1, step)) * memory[0] / root);
    }

    [Test]
    public void DefaultsAreThoseOfPyTorch()
    {
        using var x = Descent.Variable();
        using var optimizer = optim.Adam([x]);
        Assert.That(optimizer.ParamGroups.Single().LearningRate, Is.EqualTo(1e-3));
        Assert.That(optimizer.Betas, Is.EqualTo((0.9, 0.999)));
        Assert.That(() => optim.Adam([x], beta1: 1), Throws.Exception);
        Assert.That(() => optim.Adam([x], eps: -1), Throws.Exception);
    }
}
