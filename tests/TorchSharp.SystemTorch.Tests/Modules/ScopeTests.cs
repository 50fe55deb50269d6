using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>What dispose scopes own of modules, their results and optimizers.</summary>
public class ScopeTests
{
    [Test]
    public void LayersKeepTheirParametersAndBuffersOutOfScopes()
    {
        nn.Module[] layers;
        using (NewDisposeScope())
        {
            layers = [nn.Linear(2, 2), nn.Conv2d(2, 3, 1), nn.Conv2d(2, 3, 1, bias: false), nn.Sequential(nn.BatchNorm2d(2))];
        }

        Assert.That(layers.SelectMany(layer => layer.state_dict().Values).Any(tensor => tensor.IsInvalid), Is.False);
        foreach (var layer in layers) layer.Dispose();
    }

    [Test]
    public void ParametersAndRegisteredBuffersStayInTheirScope()
    {
        using var chain = nn.Sequential();
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(ones(2));
        var buffer = ones(2);
        chain.register_parameter("p", parameter);
        chain.register_buffer("b", buffer);
        Assert.That(scope.Contains(parameter) && scope.Contains(buffer));
    }

    [Test]
    public void AssignedParametersLeaveTheirScope()
    {
        using var layer = nn.Linear(2, 2);
        using var scope = NewDisposeScope();
        layer.weight = nn.Parameter(ones(2, 2));
        Assert.That(scope.DisposablesCount, Is.Zero);
        Assert.That(layer.weight, Is.SameAs(layer.weight));
    }

    [Test]
    public void AChainLeavesItsResultAloneInTheScope()
    {
        using var chain = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2));
        using var scope = NewDisposeScope();
        var input = ones(1, 2);
        var output = chain.call(input);
        Assert.That(scope.DisposablesCount, Is.EqualTo(2));
        Assert.That(scope.Contains(input) && scope.Contains(output));
    }

    [Test]
    public void ConversionAndStatisticsOutliveTheScope()
    {
        using var norm = nn.BatchNorm2d(2);
        using (NewDisposeScope())
        {
            norm.call(ones(2, 2, 2, 2));
            norm.to(ScalarType.Float64);
        }

        Assert.That(norm.state_dict().Values.Any(tensor => tensor.IsInvalid), Is.False);
        Assert.That(norm.num_batches_tracked.item<long>(), Is.EqualTo(1));
    }

    [Test]
    public void EveryReadOfAGradientIsAHandleOfItsOwn()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        Assert.That(x.grad, Is.Null);
        (x * 2).sum().backward();
        var before = scope.DisposablesCount;
        var first = x.grad;
        Assert.That(scope.DisposablesCount, Is.EqualTo(before + 1));
        Assert.That(first, Is.Not.SameAs(x.grad));
        first.Dispose();
        Assert.That(Samples.Values(x.grad), Is.All.EqualTo(2.0));
    }

    [Test]
    public void ModulesForgetGradientsAndOptimizersZeroThem()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 1);
        using var optimizer = optim.Adam(layer.parameters());
        layer.call(ones(1, 2)).sum().backward();
        optimizer.zero_grad();
        Assert.That(Samples.Values(layer.weight.grad), Is.All.EqualTo(0.0));
        layer.zero_grad();
        Assert.That(layer.weight.grad, Is.Null);
    }
}
