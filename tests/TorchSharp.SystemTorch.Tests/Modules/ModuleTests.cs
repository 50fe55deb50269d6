using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class ModuleTests
{
    [Test]
    public void FieldsBecomeComponentsUnderTheirNames()
    {
        using var module = new TwoBranches();
        Assert.That(module.GetName(), Is.EqualTo("Two"));
        Assert.That(module.named_children().Select(c => c.Item1), Is.EquivalentTo(new[] { "left", "right" }));
        Assert.That(
            module.named_modules().Select(m => m.Item1), Is.EquivalentTo(new[] { "left", "right", "right.first", "right.last" }));
        Assert.That(
            module.named_parameters().Select(p => p.Item1),
            Is.EquivalentTo(new[] { "scale", "left.weight", "left.bias", "right.first.weight", "right.first.bias" }));
        Assert.That(module.named_parameters(false).Select(p => p.Item1), Is.EqualTo(new[] { "scale" }));
        Assert.That(module.named_buffers().Select(b => b.Item1), Is.EqualTo(new[] { "offset" }));
        Assert.That(module.children().Count(), Is.EqualTo(2));
        Assert.That(module.parameters().Count(), Is.EqualTo(5));
        Assert.That(module.buffers().Count(), Is.EqualTo(1));
    }

    [Test]
    public void ComponentsAreFoundByDottedName()
    {
        using var module = new TwoBranches();
        Assert.That(module.has_parameter("scale") && module.has_parameter("right.first.weight") && module.has_buffer("offset"));
        Assert.That(module.has_parameter("offset") || module.has_buffer("scale") || module.has_parameter("left.nothing"), Is.False);
        Assert.That(module.get_parameter("left.weight"), Is.SameAs(module.left.weight));
        Assert.That(module.get_parameter("scale"), Is.SameAs(module.scale));
        Assert.That(module.get_buffer("offset"), Is.SameAs(module.offset));
    }

    [Test]
    public void NamesAreRegisteredOnce()
    {
        using var module = new TwoBranches();
        using var layer = nn.Linear(1, 1);
        Assert.That(() => module.register_parameter("scale", layer.weight), Throws.Exception);
        Assert.That(() => module.register_buffer("offset", layer.weight), Throws.Exception);
        Assert.That(() => module.register_module("left", layer), Throws.Exception);
        Assert.That(() => module.register_module("a.b", layer), Throws.Exception);
    }

    [Test]
    public void AddedModulesCount()
    {
        using var module = new TwoBranches();
        module.add_module("extra", nn.Linear(1, 1, hasBias: false));
        module.register_buffer("fleeting", zeros(1), persistent: false);
        Assert.That(module.has_parameter("extra.weight"));
        Assert.That(module.has_buffer("fleeting"));
        Assert.That(module.state_dict().Keys, Does.Contain("extra.weight").And.Not.Contain("fleeting"));
    }

    [Test]
    public void AReplacedParameterIsTheOneThatIsListedAndTrained()
    {
        using var layer = nn.Conv2d(2, 3, 3);
        var names = layer.named_parameters().Select(p => p.Item1).ToArray();
        var old = layer.weight;
        var replacement = nn.Parameter(ones(3, 2, 3, 3));
        layer.weight = replacement;
        Assert.That(layer.weight, Is.SameAs(replacement));
        Assert.That(layer.named_parameters().Select(p => p.Item1), Is.EqualTo(names), "in the same order");
        Assert.That(layer.get_parameter("weight"), Is.SameAs(replacement));
        Assert.That(old.IsInvalid, "the old one is disposed");
        layer.weight = replacement;
        Assert.That(replacement.IsInvalid, Is.False, "setting the same again changes nothing");

        using var input = ones(1, 2, 3, 3);
        using var output = layer.call(input);
        using var sum = output.sum();
        sum.backward();
        using var gradient = replacement.grad;
        Assert.That(Samples.Values(gradient), Is.All.EqualTo(1.0));
    }

    [Test]
    public void ALayerLosesItsBias()
    {
        using var layer = nn.Linear(2, 2);
        layer.bias = null;
        Assert.That(layer.named_parameters().Select(p => p.Item1), Is.EqualTo(new[] { "weight" }));
        using var input = zeros(1, 2);
        using var output = layer.call(input);
        Assert.That(Samples.Values(output), Is.All.EqualTo(0.0));
    }

    [Test]
    public void AParameterEmptiesTheTensorItIsMadeOf()
    {
        var data = ones(2);
        using var parameter = new Parameter(data, requires_grad: false);
        Assert.That(data.IsInvalid);
        Assert.That(parameter.requires_grad, Is.False);
        using var other = nn.Parameter(ones(2));
        Assert.That(other.requires_grad && other.is_leaf);
    }

    [Test]
    public void AParameterStaysInTheScopeOfItsTensor()
    {
        Parameter scoped;
        using (NewDisposeScope())
        {
            scoped = nn.Parameter(ones(2));
        }

        Assert.That(scoped.IsInvalid);
    }

    [Test]
    public void LayersOutliveTheScopeTheyWereMadeInAndFieldsOfUsersDoNot()
    {
        TwoBranches module;
        nn.Module norm;
        using (NewDisposeScope())
        {
            module = new TwoBranches();
            norm = nn.BatchNorm2d(2);
        }

        Assert.That(module.scale.IsInvalid && module.offset.IsInvalid);
        Assert.That(module.left.weight.IsInvalid || norm.state_dict().Values.Any(tensor => tensor.IsInvalid), Is.False);
        module.Dispose();
        norm.Dispose();
    }

    [Test]
    public void AReplacementOutlivesTheScopeItWasMadeIn()
    {
        using var layer = nn.Linear(2, 2);
        using (NewDisposeScope())
        {
            layer.weight = nn.Parameter(ones(2, 2));
        }

        Assert.That(layer.weight.IsInvalid, Is.False);
    }

    [Test]
    public void ZeroGradForgets()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 2);
        layer.call(ones(1, 2)).sum().backward();
        layer.zero_grad(false);
        Assert.That(Samples.Values(layer.weight.grad), Is.All.EqualTo(0.0));
        layer.zero_grad();
        Assert.That(layer.weight.grad, Is.Null);
    }

    [Test]
    public void ApplyReachesEveryModuleChildrenFirst()
    {
        using var module = new TwoBranches();
        var names = new List<string>();
        module.apply(m => names.Add(m.GetName()));
        Assert.That(names, Has.Count.EqualTo(5));
        Assert.That(names[^1], Is.EqualTo("Two"));
    }

    [Test]
    public void ASharedModuleIsListedOnce()
    {
        using var shared = nn.Linear(2, 2);
        using var chain = nn.Sequential(shared, nn.ReLU(), shared);
        Assert.That(chain.parameters().Count(), Is.EqualTo(2));
    }

    [Test]
    public void DisposingReachesTheWholeTree()
    {
        var module = new TwoBranches();
        Tensor[] held = [.. module.parameters(), .. module.buffers()];
        module.Dispose();
        Assert.That(held.All(tensor => tensor.IsInvalid));
        Assert.That(module.Dispose, Throws.Nothing);
    }

    [Test]
    public void ConversionReplacesTensorsAndTheFieldsThatHoldThem()
    {
        using var scope = NewDisposeScope();
        using var module = new TwoBranches();
        module.scale.requires_grad = false;
        var same = module.to(ScalarType.Float64);
        Assert.That(same, Is.SameAs(module));
        Assert.That(module.state_dict().Values.Select(tensor => tensor.dtype), Is.All.EqualTo(ScalarType.Float64));
        Assert.That(module.get_parameter("scale"), Is.SameAs(module.scale));
        Assert.That(module.get_buffer("offset"), Is.SameAs(module.offset));
        Assert.That(module.scale.requires_grad, Is.False);
        Assert.That(module.left.weight.requires_grad && module.left.weight.is_leaf);
        Assert.That(module.call(ones([1, 2], float64)).dtype, Is.EqualTo(ScalarType.Float64));
        var before = module.scale;
        module.to(CPU);
        Assert.That(module.scale, Is.SameAs(before), "nothing to convert");
    }

    [Test]
    public void ConversionKeepsCountersWhole()
    {
        using var layer = nn.BatchNorm2d(2);
        layer.to(ScalarType.Float64);
        Assert.That(layer.num_batches_tracked.dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That(layer.running_mean.dtype, Is.EqualTo(ScalarType.Float64));
    }

    [Test]
    public void AListNumbersItsModules()
    {
        using var list = nn.ModuleList(nn.Linear(1, 1), nn.Linear(1, 2));
        list.append(nn.Linear(1, 3));
        Assert.That(list.Count, Is.EqualTo(3));
        Assert.That(list[2].weight.shape[0], Is.EqualTo(3));
        Assert.That(list.named_parameters(), Is.Empty, "it registers when it becomes part of a module");
        using var module = new TwoBranches();
        module.register_module("list", list);
        string[] names = ["list.0.weight", "list.0.bias", "list.1.weight", "list.1.bias", "list.2.weight", "list.2.bias"];
        Assert.That(module.named_parameters().Select(p => p.Item1), Is.SupersetOf(names));
    }
}
