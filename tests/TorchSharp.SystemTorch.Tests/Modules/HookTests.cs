using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class HookTests
{
    private DisposeScope scope;

    [SetUp]
    public void Open() => scope = NewDisposeScope();

    [TearDown]
    public void Close() => scope.Dispose();

    [Test]
    public void HooksRunOnCallAndNotOnForward()
    {
        using var layer = nn.Linear(2, 2);
        var seen = new List<string>();
        layer.register_forward_pre_hook((module, input) =>
        {
            Assert.That(module, Is.SameAs(layer));
            seen.Add("before");
            return null;
        });
        layer.register_forward_hook((module, input, output) =>
        {
            seen.Add("after");
            return null;
        });
        layer.forward(ones(1, 2));
        Assert.That(seen, Is.Empty);
        layer.call(ones(1, 2));
        Assert.That(seen, Is.EqualTo(new[] { "before", "after" }));
    }

    [Test]
    public void AHookChangesWhatItGivesBack()
    {
        using var layer = nn.Identity();
        layer.register_forward_pre_hook((_, input) => input * 2);
        layer.register_forward_hook((_, input, output) =>
        {
            Assert.That(input.item<float>(), Is.EqualTo(6));
            return output + 1;
        });
        Assert.That(layer.call(tensor(3f)).item<float>(), Is.EqualTo(7));
        Assert.That(layer.forward(tensor(3f)).item<float>(), Is.EqualTo(3));
    }

    [Test]
    public void ARemovedHookIsSilentAndTheOthersStay()
    {
        using var layer = nn.Identity();
        var (first, second) = (0, 0);
        var remover = layer.register_forward_hook((_, _, _) => { first++; return null; });
        layer.register_forward_hook((_, _, _) => { second++; return null; });
        layer.call(ones(1));
        remover.remove();
        remover.remove();
        layer.call(ones(1));
        Assert.That((first, second), Is.EqualTo((1, 2)));
    }

    [Test]
    public void AHookMayRemoveItself()
    {
        using var layer = nn.Identity();
        var calls = 0;
        var remover = layer.register_forward_hook((_, _, _) => null);
        remover.remove();
        remover = layer.register_forward_hook((_, _, _) =>
        {
            calls++;
            remover.remove();
            return null;
        });
        layer.call(ones(1));
        layer.call(ones(1));
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void ASequenceRunsTheHooksOfItsSteps()
    {
        using var inner = nn.ReLU();
        using var chain = nn.Sequential(nn.Linear(2, 2), inner);
        var shapes = new List<long[]>();
        inner.register_forward_hook((_, input, output) => { shapes.Add(output.shape); return null; });
        chain.forward(ones(3, 2));
        Assert.That(shapes, Is.EqualTo(new[] { new long[] { 3, 2 } }));
    }

    [Test]
    public void HooksThatSeeTheModuleOnlyAreTheOutermost()
    {
        using var layer = nn.Identity();
        var order = "";
        layer.register_forward_pre_hook((_, _) => { order += "b"; return null; });
        layer.register_forward_pre_hook(_ => order += "a");
        layer.register_forward_hook(_ => order += "d");
        layer.register_forward_hook((_, _, _) => { order += "c"; return null; });
        layer.call(ones(1));
        Assert.That(order, Is.EqualTo("abcd"));
    }

    [Test]
    public void LossesHaveHooksToo()
    {
        using var loss = nn.MSELoss();
        var calls = 0;
        loss.register_forward_pre_hook((_, x, y) => { calls++; return (x + 1, y); });
        Assert.That(loss.call(zeros(2), zeros(2)).item<float>(), Is.EqualTo(1));
        Assert.That(loss.forward(zeros(2), zeros(2)).item<float>(), Is.EqualTo(0));
        Assert.That(calls, Is.EqualTo(1));
    }
}
