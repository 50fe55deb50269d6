using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// B images of one training step, and what the network makes of them and of S copies under drawn parameter values, θ uniform on the set's
/// box and noise uniform in its range. Everything is computed once, when first asked for, in the modules' current mode: all terms of a
/// <see cref="TrainingLoss"/> share it. Where the set moves the scene, labels of copies move along.
/// It owns what it computed; dispose it after the loss was computed or after <c>backward</c>. Not thread-safe.
/// </summary>
public sealed class TrainingBatch : IDisposable
{
    private readonly Random _random;
    private readonly Dictionary<(IBoundPropagator, double), NetworkBounds> _bounds = [];
    private readonly KeypointMotion? _motion;
    private Dictionary<GraphNode, Tensor>? _values;
    private Tensor? _labels;

    /// <summary>Describes a step; nothing is computed yet.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">Clean images in [0, 1], <c>[B, C, H, W]</c>, of the weights' type and device; they stay the caller's.</param>
    /// <param name="set">What may change about an image.</param>
    /// <param name="random">The source of randomness; the same state gives the same draws.</param>
    /// <param name="labels">
    /// Labels in pixels, <c>[B, 2K]</c>, NaN where missing; null if no term needs them. They stay the caller's.
    /// </param>
    /// <param name="samples">The number S of perturbed copies of each image, at least 0.</param>
    /// <param name="progress">The share of the training that is over, in [0, 1], for terms that warm up.</param>
    /// <exception cref="GraphException">
    /// The images have another shape than the network takes, or labels another than its output.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// There is no image, one is not finite or, with a clip, not in [0, 1]; or a number is out of its range.
    /// </exception>
    public TrainingBatch(
        Graph network, Tensor images, SemanticSet set, Random random, Tensor? labels = null, int samples = 8, double progress = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(random);
        network.RequireShape(images);
        set.RequireImages(images);
        if (labels is not null
            && !(
                labels.dim() == 2
                && labels.shape[0] == images.shape[0]
                && (labels.shape[1] == network.Output.Neurons || network.Outputs[0].Shape.Count == 3)))
        {
            throw new GraphException(
                network.Output.Name,
                $"the labels are [{string.Join(", ", labels.shape)}], but the output for {images.shape[0]} images is [{images.shape[0]}, "
                + $"{string.Join(", ", network.Output.Shape)}].")
            {
                Value = labels.shape,
            };
        }

        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        if (!(progress >= 0 && progress <= 1))
            throw new ArgumentOutOfRangeException(nameof(progress), progress, "The progress is in [0, 1].");
        (Network, Images, Set, Labels, Samples, Progress, _random) = (network, images, set, labels, samples, progress, random);
        _motion = labels is null ? null : KeypointMotion.Of(set, network);
    }

    /// <summary>The network.</summary>
    public Graph Network { get; }

    /// <summary>The clean images in [0, 1], <c>[B, C, H, W]</c>.</summary>
    public Tensor Images { get; }

    /// <summary>What may change about an image.</summary>
    public SemanticSet Set { get; }

    /// <summary>The labels in pixels, <c>[B, 2K]</c>, NaN where missing; null if there are none.</summary>
    public Tensor? Labels { get; }

    /// <summary>The number S of perturbed copies of each image.</summary>
    public int Samples { get; }

    /// <summary>The share of the training that is over, in [0, 1].</summary>
    public double Progress { get; }

    /// <summary>The outputs, <c>[S + 1, B, F]</c>, those of the clean images first. The batch owns them.</summary>
    /// <exception cref="GraphException">
    /// An output is not finite; the message names the layer with such a weight, if there is one.
    /// </exception>
    public Tensor Outputs => Values[Network.Output];

    /// <summary>
    /// The values of a pre-activation of the network, <c>[S + 1, B, ...]</c>, those of the clean images first. The batch owns them.
    /// </summary>
    /// <exception cref="GraphException">The node is no pre-activation of this network, or an output is not finite.</exception>
    public Tensor PreActivation(GraphNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return Values.GetValueOrDefault(node) ?? throw new GraphException(node.Name, "it is no pre-activation of this network.");
    }

    /// <summary>Bounds over the whole set, or over a part of it about no change; one box an image. The batch owns them.</summary>
    /// <param name="propagator">The domain; asked again with the same one, the batch hands out the same bounds.</param>
    /// <param name="share">The share of every range, in (0, 1]; see <see cref="SemanticSet.Scaled"/>.</param>
    /// <exception cref="GraphException">The domain does not know a layer, or a bound is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is not in (0, 1].</exception>
    public NetworkBounds Bounds(IBoundPropagator propagator, double share = 1)
    {
        ArgumentNullException.ThrowIfNull(propagator);
        if (_bounds.TryGetValue((propagator, share), out var known))
            return known;
        using var scope = NewDisposeScope();
        using var reached = Enclosed(share == 1 ? Set : Set.Scaled(share));
        var bounds = propagator.Propagate(Network, reached);
        foreach (var node in bounds.PreActivations.Append(bounds.Output))
        {
            node.Lower.DetachFromDisposeScope();
            node.Upper.DetachFromDisposeScope();
        }

        _bounds[(propagator, share)] = bounds;
        RequireFinite(bounds.Output.Upper - bounds.Output.Lower);
        return bounds;
    }

    /// <summary>Each coordinate's squared error, <c>[S + 1, B, 2K]</c>; see <see cref="KeypointLoss.SquaredErrors"/>.</summary>
    internal Tensor SquaredErrors() =>
        RequireLabels().shape[1] != Network.Output.Neurons
            ? throw new GraphException(
                Network.Output.Name,
                $"the loss compares coordinates, but the output is [{string.Join(", ", Network.Output.Shape)}]; heatmaps have a "
                + $"HeatmapLoss.")
            {
                Value = Network.Output.Shape,
            }
            : KeypointLoss.SquaredErrors(Outputs.flatten(2), LabelsOfCopies(), Images.shape[2], Images.shape[3]);

    /// <summary>
    /// The labels of the clean images and of all copies, <c>[S + 1, B, 2K]</c>, moved with the scene. The batch owns them.
    /// </summary>
    /// <exception cref="ArgumentException">The batch has no labels.</exception>
    public Tensor LabelsOfCopies()
    {
        // The parameters are drawn with the copies.
        _ = Values;
        return _labels ??= RequireLabels().unsqueeze(0).expand(Samples + 1, -1, -1).DetachFromDisposeScope();
    }

    /// <summary>How far labels may move over a part of the set, least and most, <c>[B, 2K]</c> each; null if they stay.</summary>
    internal (Tensor Least, Tensor Most)? LabelMoves(double share)
    {
        if (_motion is null)
            return null;
        using var scope = NewDisposeScope();
        var box = (share == 1 ? Set : Set.Scaled(share)).Box;
        double[] places = RequireLabels().to(float64).cpu().contiguous().data<double>().ToArray();
        var moves = places.Chunk(2).Select(place => _motion.Enclose(box, place[0], place[1])).ToList();
        Tensor Ends(Func<OutwardInterval, double> end) =>
            tensor(
                moves.SelectMany(move => new[] { end(move.X), end(move.Y) }).ToArray(),
                Labels!.shape,
                dtype: Labels.dtype,
                device: Labels.device);
        return (Ends(move => move.Lower).MoveToOuterDisposeScope(), Ends(move => move.Upper).MoveToOuterDisposeScope());
    }

    /// <summary>A part of the set's box, anywhere in it; the same for all images.</summary>
    /// <param name="share">Its sides' share of the box's, in (0, 1].</param>
    internal ParameterBox DrawBox(double share)
    {
        double[] lower = [.. Set.Box.Lower], upper = [.. Set.Box.Upper];
        for (var k = 0; k < lower.Length; k++)
        {
            var side = (upper[k] - lower[k]) * share;
            lower[k] += (upper[k] - lower[k] - side) * _random.NextDouble();
            upper[k] = lower[k] + side;
        }

        return new ParameterBox(lower, upper);
    }

    /// <summary>The middle of a box, and corners: all where they are few, otherwise pairs of opposite ones at random.</summary>
    internal IReadOnlyList<double[]> DrawPlaces(ParameterBox box)
    {
        if (box.Dimension <= 2)
            return [box.Centre, .. box.Corners()];
        return [box.Centre, .. Enumerable.Range(0, 2).SelectMany(_ =>
        {
            var isUpper = box.Lower.Select(_ => _random.Next(2) == 0).ToArray();
            return new[] { Corner(box, isUpper, true), Corner(box, isUpper, false) };
        })];
    }

    private static double[] Corner(ParameterBox box, bool[] isUpper, bool side) =>
        [.. isUpper.Select((upper, k) => upper == side ? box.Upper[k] : box.Lower[k])];

    /// <summary>All images at one θ after the other, <c>[N·B, C, H, W]</c>, without noise; the caller owns them.</summary>
    internal Tensor ImagesAt(IReadOnlyList<double[]> thetas)
    {
        using var scope = NewDisposeScope();
        var copies = Images.repeat([thetas.Count, .. Images.shape.Skip(1).Select(_ => 1L)]);
        var rows = thetas.Select(Set.Project).SelectMany(theta => Enumerable.Repeat(theta, (int)Images.shape[0]));
        return Set.ApplyEach(copies, ParameterRows.Of([.. rows], Images)).MoveToOuterDisposeScope();
    }

    /// <summary>Signs ±1 at random, of the type and on the device of given values; the caller owns them.</summary>
    internal Tensor DrawSigns(Tensor values)
    {
        using var generator = new Generator((ulong)_random.NextInt64(), values.device);
        return randint(0, 2, values.shape, values.dtype, values.device, generator: generator).mul_(Scalars.Of(2)).sub_(Scalars.Of(1));
    }

    internal Tensor RequireLabels() => Labels ?? throw new ArgumentException("The loss needs labels, but the batch has none.", "batch");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in _values?.Values ?? Enumerable.Empty<Tensor>())
            value.Dispose();
        foreach (var bounds in _bounds.Values)
            bounds.Dispose();
        _labels?.Dispose();
        (_values, _labels) = (null, null);
        _bounds.Clear();
    }

    private Dictionary<GraphNode, Tensor> Values => _values ??= Run();

    /// <summary>One pass for clean and perturbed images: batch normalisation in training mode sees them together.</summary>
    private Dictionary<GraphNode, Tensor> Run()
    {
        using var scope = NewDisposeScope();
        GraphNode[] kept = [.. Network.PreActivations.Append(Network.Output).Distinct()];
        var values = Network.Run(Samples == 0 ? Images : cat([Images, Perturbed()], 0), kept);
        RequireFinite(values[Network.Output]);
        return kept.ToDictionary(
            node => node, node => values[node].reshape([Samples + 1, -1, .. node.Shape]).DetachFromDisposeScope());
    }

    /// <summary>S copies of all images, one after the other.</summary>
    private Tensor Perturbed()
    {
        var copies = Images.repeat([Samples, .. Images.shape.Skip(1).Select(_ => 1L)]);
        var theta = ParameterRows.Of([.. Set.Box.Sample((int)copies.shape[0], _random).Select(Set.Project)], Images);
        MoveLabels(theta);
        if (Set.Noise == 0)
            return Set.ApplyEach(copies, theta);
        using var generator = new Generator((ulong)_random.NextInt64(), Images.device);
        var noise =
            ((rand(copies.shape, Images.dtype, Images.device, generator: generator) * Scalars.Of(2)) - Scalars.Of(1))
            * Set.NoiseRadii.Like(Images[0]);
        return Set.ApplyEach(copies, theta, noise);
    }

    private void MoveLabels(Tensor theta)
    {
        if (_motion is null)
            return;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var copies = Labels!.repeat(Samples, 1);
        var moved = copies.Plus(_motion.Of(theta, copies).to(copies.dtype));
        _labels = cat([Labels, moved], 0).reshape(Samples + 1, Labels.shape[0], Labels.shape[1]).DetachFromDisposeScope();
    }

    /// <summary>What the set's box reaches from each image, one after the other.</summary>
    private PerturbedImages Enclosed(SemanticSet set)
    {
        var each = Enumerable.Range(0, (int)Images.shape[0]).Select(n => set.Enclose(Images[n], set.Box)).ToList();
        return new PerturbedImages(
            cat([.. each.Select(image => image.Centre)], 0), cat([.. each.Select(image => image.Generators)], 0), set.Clip,
            each[0].Radius is null ? null : cat([.. each.Select(image => image.Radius!)], 0))
        {
            RoundingError = each.Max(image => image.RoundingError),
        };
    }

    private void RequireFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        if (values.isfinite().all().item<bool>())
            return;
        Network.RequireFiniteWeights();
        throw new GraphException(Network.Output.Name, "its values are not finite, although all weights are: they overflow on the way.");
    }
}
