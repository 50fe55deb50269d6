using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class SequentialTests
{
    [Test]
    public void StepsAreNumberedOrNamed()
    {
        using var numbered = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1));
        Assert.That(numbered.named_children().Select(c => c.Item1), Is.EqualTo(new[] { "0", "1", "2" }));
        Assert.That(
            numbered.named_parameters().Select(p => p.Item1), Is.EqualTo(new[] { "0.weight", "0.bias", "2.weight", "2.bias" }));
        using var named = nn.Sequential(("in", nn.Linear(2, 2)), ("out", nn.Linear(2, 1)));
        named.append("more", nn.ReLU());
        named.append(nn.Tanh());
        Assert.That(named.named_children().Select(c => c.Item1), Is.EqualTo(new[] { "in", "out", "more", "3" }));
        Assert.That(named.Count, Is.EqualTo(4));
        Assert.That(named[2], Is.InstanceOf<TorchSharp.Modules.ReLU>());
    }

    [Test]
    public void IntermediatesAreDisposedAndTheInputIsNot()
    {
        var seen = new List<Tensor>();
        using var chain = nn.Sequential(nn.Identity(), nn.Linear(2, 2), nn.ReLU(), nn.Identity());
        foreach (var step in chain.children())
        {
            ((nn.Module<Tensor, Tensor>)step).register_forward_hook((_, _, output) =>
            {
                seen.Add(output);
                return null;
            });
        }

        using var input = ones(3, 2);
        using var output = chain.forward(input);
        Assert.That(seen.Select(tensor => tensor.IsInvalid), Is.EqualTo(new[] { true, true, true, false }));
        Assert.That(seen[^1], Is.SameAs(output));
        Assert.That(Samples.Values(input), Is.All.EqualTo(1.0));
        using var sum = output.sum();
        Assert.That(() => sum.backward(), Throws.Nothing);
    }

    [Test]
    public void NothingIsLeftOverAfterACall()
    {
        using var chain = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.Sigmoid());
        using var input = ones(3, 2);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 5; i++)
        {
            chain.call(input).Dispose();
        }

        Assert.That(Tensor.TotalCount, Is.EqualTo(before));
    }

    [Test]
    public void AnEmptyChainGivesItsInputUnderAnotherHandle()
    {
        using var chain = nn.Sequential();
        using var input = ones(2);
        chain.call(input).Dispose();
        Assert.That(input.IsInvalid, Is.False);
    }
}
