using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class OptimizerCutTests
{
    [Test]
    public void AdamsMomentsAreCutLikeTheirWeights()
    {
        using var scope = NewDisposeScope();
        using var network = Small();
        using var optimizer = optim.Adam(network.parameters(), 0.01, beta1: 0.8);
        Train(network, optimizer);
        var plan = Plan(network);
        using var pruned = ChannelPruner.Apply(network.Graph, plan);
        using var fresh = optim.Adam(pruned.parameters(), 0.5);
        ChannelPruner.CopyState(plan, pruned, optimizer, fresh);

        var states = optimizer.state_dict().State.Cast<Adam.State>().Zip(fresh.state_dict().State.Cast<Adam.State>()).ToArray();
        Assert.That(fresh.ParamGroups.Single().LearningRate, Is.EqualTo(0.01));
        Assert.That(states.Select(pair => pair.Second.step), Has.All.EqualTo(3));

        // Channels 1 and 2 of a stay; b's weight is [2, 4] and loses its inputs 0 and 3.
        Assert.That(states[0].Second.exp_avg.Numbers(), Is.EqualTo(states[0].First.exp_avg.Numbers()[3..9]));
        Assert.That(states[1].Second.exp_avg_sq.Numbers(), Is.EqualTo(states[1].First.exp_avg_sq.Numbers()[1..3]));
        var b = states[2].First.exp_avg.Numbers();
        Assert.That(states[2].Second.exp_avg.Numbers(), Is.EqualTo(new[] { b[1], b[2], b[5], b[6] }));
        Assert.That(states[3].Second.exp_avg.Numbers(), Is.EqualTo(states[3].First.exp_avg.Numbers()));
    }

    [Test]
    public void TrainingGoesOnAsIfSilentChannelsHadNeverBeen([Values] bool adam)
    {
        using var scope = NewDisposeScope();
        using var network = Small();

        // Channels 0 and 3 do nothing and learn nothing, so that cutting them changes no step.
        using (no_grad())
        {
            foreach (var channel in new[] { 0L, 3 })
            {
                network.get_parameter("a.weight")!.narrow(0, channel, 1).zero_();
                network.get_parameter("a.bias")!.narrow(0, channel, 1).fill_(-1);
                network.get_parameter("b.weight")!.narrow(1, channel, 1).zero_();
            }
        }

        using var optimizer = New(adam, network);
        Train(network, optimizer);
        var plan = Plan(network);
        using var pruned = ChannelPruner.Apply(network.Graph, plan);
        using var next = New(adam, pruned);
        ChannelPruner.CopyState(plan, pruned, optimizer, next);
        Train(network, optimizer);
        Train(pruned, next);
        var images = rand(5, 3);
        Assert.That(TensorValues.Gap(pruned.forward(images), network.forward(images)), Is.LessThan(1e-6));
    }

    [Test]
    public void OptimizersThatDoNotFitAreRefused()
    {
        using var scope = NewDisposeScope();
        using var network = Small();
        using var other = Small();
        using var optimizer = New(true, network);
        var plan = Plan(network);
        using var pruned = ChannelPruner.Apply(network.Graph, plan);
        AssertRefused(optimizer, New(false, pruned), "Adam");
        AssertRefused(New(true, other), New(true, pruned), "Parameter 0 of the first");
        AssertRefused(optimizer, New(true, other), "'a.weight'");
        AssertRefused(optimizer, optim.Adam(pruned.parameters().Take(2)), "4 and 2");

        void AssertRefused(OptimizerHelper from, OptimizerHelper to, string message) =>
            Assert.That(
                () => ChannelPruner.CopyState(plan, pruned, from, to),
                Throws.TypeOf<PruningException>().With.Message.Contains(message));
    }

    private static GraphModule Small()
    {
        manual_seed(3);
        var builder = new GraphBuilder([3]);
        var hidden = builder.Relu("relu", builder.Linear("a", builder.Input, nn.Linear(3, 4)));
        return new GraphModule(builder.Build(builder.Linear("b", hidden, nn.Linear(4, 2))));
    }

    private static PruningPlan Plan(GraphModule network) =>
        PruningPlan.Nothing(network.Graph).Remove(ChannelGroup.Of(network.Graph).Single(), 0, 3);

    private static OptimizerHelper New(bool adam, GraphModule network) => adam
        ? optim.Adam(network.parameters(), 0.01) : optim.SGD(network.parameters(), 0.01, momentum: 0.9);

    private static void Train(GraphModule network, OptimizerHelper optimizer)
    {
        for (var step = 0; step < 3; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            network.forward(tensor(new[] { 0.1f, 0.5f, 0.9f, 0.7f, 0.2f, 0.4f }, 2, 3)).square().mean().backward();
            optimizer.step();
        }
    }
}
