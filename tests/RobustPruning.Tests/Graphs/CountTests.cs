using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>Parameters and multiply-accumulates against counts by hand.</summary>
public sealed class CountTests
{
    [Test]
    public void EqualCountsByHand()
    {
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(3, 4, 3L, stride: 2, padding: 1)), // 3x8x8 to 4x4x4
            ("bn", nn.BatchNorm2d(4)),
            ("relu", nn.ReLU()),
            ("grouped", nn.Conv2d(4, 6, 2L, groups: 2, bias: false)), // 4x4x4 to 6x3x3
            ("flatten", nn.Flatten()),
            ("fc", nn.Linear(54, 5)));
        var graph = Graph.Of(network, 3, 8, 8);
        Assert.That(graph.Parameters, Is.EqualTo((4 * 3 * 9) + 4 + 4 + 4 + (6 * 2 * 4) + (54 * 5) + 5));
        Assert.That(graph.Macs, Is.EqualTo((4 * 4 * 4 * 3 * 9) + (6 * 3 * 3 * 2 * 4) + (54 * 5)));
    }
}
