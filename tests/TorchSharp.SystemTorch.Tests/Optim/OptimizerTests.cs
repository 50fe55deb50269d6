using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Category StandIn: what the stand-in promises beyond the genuine library.</summary>
public class OptimizerTests
{
    private static IEnumerable<TestCaseData> Kinds()
    {
        yield return Kind("SGD", x => optim.SGD(x, 0.003, momentum: 0.9));
        yield return Kind("Adam", x => optim.Adam(x, 0.02, amsgrad: true));

        static TestCaseData Kind(string name, Func<IEnumerable<Parameter>, OptimizerHelper> make) =>
            new TestCaseData(make).SetArgDisplayNames(name);
    }

    [Test]
    public void GroupsHaveRatesOfTheirOwn()
    {
        using var x = Descent.Variable();
        using var y = Descent.Variable();
        using var optimizer = optim.SGD([new SGD.ParamGroup([x], 0.001), new SGD.ParamGroup([y], new SGD.Options())], 0.002);
        Assert.That(optimizer.ParamGroups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.001, 0.002 }));
        optimizer.ParamGroups.First().LearningRate = 0.004;
        Descent.Step(optimizer, x, y);
        Assert.That(Samples.Values(x), Is.EqualTo(Descent.Plain(1, (v, g, _, _) => v - (0.004 * g))).Within(1e-14));
        Assert.That(Samples.Values(y), Is.EqualTo(Descent.Plain(1, (v, g, _, _) => v - (0.002 * g))).Within(1e-14));
    }

    [Test]
    public void AGroupIsAddedLater()
    {
        using var x = Descent.Variable();
        using var y = Descent.Variable();
        using var optimizer = optim.Adam([x], 0.01);
        optimizer.add_param_group(new Adam.ParamGroup([y], lr: 0.05));
        Assert.That(optimizer.parameters(), Is.EqualTo(new[] { x, y }).Using<Parameter>(ReferenceEquals));
        Descent.Step(optimizer, x, y);
        Assert.That(Samples.Values(x), Is.EqualTo(Descent.Plain(1, (v, g, _, _) => v - (0.01 * Math.Sign(g)))).Within(1e-7));
        Assert.That(Samples.Values(y), Is.EqualTo(Descent.Plain(1, (v, g, _, _) => v - (0.05 * Math.Sign(g)))).Within(1e-7));
    }

    [Test]
    public void NamedParametersServeAsWell()
    {
        using var layer = nn.Linear(2, 1);
        using var adam = optim.Adam(layer.named_parameters());
        using var sgd = optim.SGD(layer.named_parameters(), 0.1);
        Assert.That(adam.parameters().Count() + sgd.parameters().Count(), Is.EqualTo(4));
    }

    [TestCaseSource(nameof(Kinds))]
    public void AClosureGivesTheLossAndItsGradients(Func<IEnumerable<Parameter>, OptimizerHelper> make)
    {
        using var scope = NewDisposeScope();
        using var x = Descent.Variable();
        using var optimizer = make([x]);
        var before = Samples.Values(x);
        var loss = optimizer.step(() =>
        {
            optimizer.zero_grad();
            var value = Descent.Loss(x);
            value.backward();
            return value;
        });
        using var start = Descent.Variable();
        Assert.That(loss.item<double>(), Is.EqualTo(Descent.Loss(start).item<double>()));
        Assert.That(Samples.Values(x), Is.Not.EqualTo(before));
        Assert.That(optimizer.step(), Is.Null);
    }

    [TestCaseSource(nameof(Kinds))]
    public void ParametersWithoutGradientStayAsTheyAre(Func<IEnumerable<Parameter>, OptimizerHelper> make)
    {
        using var x = Descent.Variable();
        using var idle = Descent.Variable();
        using var optimizer = make([x, idle]);
        Descent.Step(optimizer, x);
        using var start = Descent.Variable();
        Assert.That(Samples.Values(idle), Is.EqualTo(Samples.Values(start)));
        Assert.That(Samples.Values(x), Is.Not.EqualTo(Samples.Values(start)));
        optimizer.zero_grad();
        using var gradient = x.grad;
        Assert.That(Samples.Values(gradient), Is.All.EqualTo(0.0), "zeros, and not null as after a module's zero_grad");
    }

    [TestCaseSource(nameof(Kinds))]
    public void SavedStateGoesOnWhereItStopped(Func<IEnumerable<Parameter>, OptimizerHelper> make)
    {
        using var x = Descent.Variable();
        using var optimizer = make([x]);
        Run(optimizer, x, 7);
        using var y = nn.Parameter(x.detach().clone());
        using var z = nn.Parameter(x.detach().clone());
        optimizer.ParamGroups.Single().LearningRate = 0.005;

        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        optimizer.save_state_dict(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        using var fromStream = make([y]);
        fromStream.load_state_dict(reader);
        using var fromDictionary = make([z]);
        fromDictionary.load_state_dict(optimizer.state_dict());

        Run(optimizer, x, 5);
        Run(fromStream, y, 5);
        Run(fromDictionary, z, 5);
        Assert.That(Samples.Values(y), Is.EqualTo(Samples.Values(x)));
        Assert.That(Samples.Values(z), Is.EqualTo(Samples.Values(x)));
        Assert.That(fromStream.ParamGroups.Single().LearningRate, Is.EqualTo(0.005));

        static void Run(optim.Optimizer optimizer, Parameter parameter, int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                Descent.Step(optimizer, parameter);
            }
        }
    }

    [Test]
    public void StateOfAnotherKindIsRefused()
    {
        using var x = Descent.Variable();
        using var y = Descent.Variable();
        using var adam = optim.Adam([x]);
        using var sgd = optim.SGD([x], 0.1);
        using var two = optim.Adam([x, y]);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        adam.save_state_dict(writer);
        foreach (var other in new OptimizerHelper[] { sgd, two })
        {
            stream.Position = 0;
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            Assert.That(() => other.load_state_dict(reader), Throws.Exception);
        }
    }

    [TestCaseSource(nameof(Kinds))]
    [Category("StandIn")]
    public void StepsLeaveNoTensorsBehind(Func<IEnumerable<Parameter>, OptimizerHelper> make)
    {
        using var x = Descent.Variable();
        using var optimizer = make([x]);
        Descent.Step(optimizer, x);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 20; i++)
        {
            Descent.Step(optimizer, x);
        }

        Assert.That(Tensor.TotalCount, Is.EqualTo(before));
    }

    [Test]
    public void StepsInsideAScopeLeaveTheStateAlive()
    {
        using var x = Descent.Variable();
        using var sgd = optim.SGD([x], 0.001, momentum: 0.9);
        for (var i = 0; i < 3; i++)
        {
            using var scope = NewDisposeScope();
            Descent.Step(sgd, x);
        }

        Assert.That(((SGD.State)sgd.state_dict().State[0]).momentum_buffer.IsInvalid, Is.False);
    }
}
