using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>Certificates of random small networks, with the network and the image they are about.</summary>
internal sealed record RandomCertificates(Sequential Network, Graph Graph, Tensor Image, Certificate Certificate) : IDisposable
{
    /// <summary>
    /// A certificate about two keypoints, at a tolerance between the smallest and the greatest move, so that verdicts differ; with few
    /// boxes, so that some stay open.
    /// </summary>
    public static RandomCertificates Of(int seed, bool euclidean = false, bool labelled = false, int boxes = 16)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        var networks = new RandomNetworks(seed);
        var network = networks.Network();
        var graph = Graph.Of(network, networks.Shape);
        var (image, set) = (networks.Image(), networks.Set());
        var clean = network.forward(image.unsqueeze(0)).Numbers();
        var sampled = network.forward(set.Apply(image, [.. set.Box.Corners(), .. set.Box.Sample(20, random)])).Numbers();
        var spread = Enumerable.Range(0, sampled.Length).Max(index => Math.Abs(sampled[index] - clean[index % clean.Length]));
        var property = new KeypointProperty(
            (0.2 + (1.3 * random.NextDouble())) * Math.Max(spread, 1e-3),
            euclidean ? KeypointNorm.Euclidean : KeypointNorm.LInfinity);
        var label = labelled ? tensor((double[])[clean[0], clean[1] + (0.1 * spread), double.NaN, clean[3]], dtype: float32) : null;
        using var certifier = new Certifier(
            graph, set, property, new CertifierOptions
            {
                MaxBoxes = boxes,
                Samples = 5,
                GradientSteps = 2,
                Workers = 1,
            });
        return new(network, graph, image.MoveToOuterDisposeScope(), certifier.Certify(image, label));
    }

    public CertificateCheck Check(Certificate? changed = null) => (changed ?? Certificate).Check(Graph, Image);

    public void Dispose()
    {
        Network.Dispose();
        Image.Dispose();
    }
}
