using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class SgdTests
{
    [TestCase(0.0, 0.0, 0.0, false, false)]
    [TestCase(0.9, 0.0, 0.0, false, false)]
    [TestCase(0.9, 0.3, 0.1, false, false)]
    [TestCase(0.8, 0.0, 0.05, true, false)]
    [TestCase(0.1, 0.0, 0.0, false, true)]
    [TestCase(0.0, 0.0, 0.2, false, true)]
    [TestCase(0.1, 0.2, 0.2, false, true)]
    [TestCase(0.1, 0.0, 0.2, true, true)]
    public void StepsFollowTheRule(double momentum, double dampening, double decay, bool nesterov, bool maximize)
    {
        const double Rate = 0.004;
        Descent.Compare(
            x => optim.SGD([x], Rate, momentum, dampening, decay, nesterov, maximize),
            (x, gradient, step, memory) =>
            {
                var g = gradient + (decay * x);
                if (momentum != 0)
                {
                    memory[0] = step == 1 ? g : (momentum * memory[0]) + ((1 - dampening) * g);
                    g = nesterov ? g + (momentum * memory[0]) : memory[0];
                }

                // Unlike in PyTorch, maximizing turns the weight decay round with the gradient.
                return x - ((maximize ? -Rate : Rate) * g);
            });
    }

    [Test]
    public void NonsenseIsRefused()
    {
        using var x = Descent.Variable();
        Assert.That(() => optim.SGD([x], -1), Throws.Exception);
        Assert.That(() => optim.SGD([x], 0.1, momentum: -1), Throws.Exception);
        Assert.That(() => optim.SGD([x], 0.1, nesterov: true), Throws.Exception);
    }
}
