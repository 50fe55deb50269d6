using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using RobustPruning.Tests.Pruning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>
/// A U-Net as its user writes it, with a forward of its own: loaded by what it declares, certified with its heatmaps decoded, pruned.
/// </summary>
public sealed class UNetTests
{
    [Test]
    public void AUNetWithConcatenationsIsReadCertifiedAndPruned()
    {
        using var scope = NewDisposeScope();
        using var network = new UNet();
        network.eval();
        var graph = Graph.Of(network, 1, 8, 8);
        var images = rand(3, 1, 8, 8);
        Assert.That(TensorValues.Gap(graph.Forward(images), network.forward(images)), Is.LessThan(1e-6));

        var light = SemanticSet.Of(new Brightness(-0.02, 0.02), new Contrast(-0.02, 0.02));
        using var certifier = new Certifier(
            graph,
            light,
            new DecodedProperty(HeatmapDecoder.For(graph, HeatmapDecoding.SoftArgMax), new KeypointProperty(0.5)),
            new CertifierOptions { MaxBoxes = 200 });
        var certificate = certifier.Certify(images[0]);
        Assert.That(certificate.Keypoints.Select(keypoint => keypoint.Verdict), Is.All.EqualTo(Verdict.Certified));
        var check = certificate.Check(graph, images[0]);
        Assert.That(check.IsValid, Is.True, check.ToString());

        // At half the channels, the skip connection's among them.
        var plan = PruningPlan.Create(
            new PruningContext(graph, images, light, (outputs, _) => outputs.square().mean()),
            new MagnitudePolicy(),
            new PruningOptions { Ratio = 0.5 });
        Assert.That(plan.Removed.Keys.Select(group => group.Name), Is.SupersetOf(new[] { "first", "second", "up", "last" }));
        using var pruned = ChannelPruner.Apply(graph, plan);
        Assert.That(pruned.Graph.Parameters, Is.LessThan(0.6 * graph.Parameters));
        Assert.That(TensorValues.Gap(pruned.forward(images), MaskedRun.Forward(plan, images)), Is.LessThan(1e-5));
    }

    [Test]
    public void AForwardOfAnotherKindIsRefused()
    {
        using var network = new UNet(swapped: true);
        network.eval();
        Assert.That(
            () => Graph.Of(network, 1, 8, 8),
            Throws.TypeOf<GraphException>().With.Message.Contains("its forward and the nodes that it declares differ"));
    }

    private sealed class UNet : nn.Module<Tensor, Tensor>, IDeclaresNodes
    {
        private readonly Conv2d _first = nn.Conv2d(1, 8, 3L, padding: 1),
            _second = nn.Conv2d(8, 12, 3L, padding: 1),
            _last = nn.Conv2d(16, 8, 3L, padding: 1),
            _head = nn.Conv2d(8, 2, 1L);
        private readonly ConvTranspose2d _up = nn.ConvTranspose2d(12, 8, 2L, stride: 2L);
        private readonly MaxPool2d _pool = nn.MaxPool2d(2L);
        private readonly bool _swapped;

        public UNet(bool swapped = false)
            : base("unet")
        {
            _swapped = swapped;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var skip = nn.functional.silu(_first.call(input));
            var up = _up.call(nn.functional.relu(_second.call(_pool.call(skip)))).relu();
            return _head.call(_last.call(_swapped ? cat([up, skip], 1) : cat([skip, up], 1)).relu()).MoveToOuterDisposeScope();
        }

        public GraphNode Declare(GraphBuilder builder, GraphNode input)
        {
            var skip = builder.Function("silu", builder.Convolution("first", input, _first), ScalarFunction.Silu);
            var deep = builder.Relu("relu2", builder.Convolution("second", builder.MaxPool("pool", skip, _pool), _second));
            var up = builder.Relu("relu3", builder.TransposedConvolution("up", deep, _up));
            var joined = builder.Concatenation("cat", skip, up);
            return builder.Convolution("head", builder.Relu("relu4", builder.Convolution("last", joined, _last)), _head);
        }
    }
}
