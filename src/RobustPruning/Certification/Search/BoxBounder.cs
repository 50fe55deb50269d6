using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Bounds one image's outputs over many parameter boxes, in batches, on several single-threaded workers. Which boxes share a batch does
/// not depend on the workers, so neither do the results. To be used within a <see cref="SingleThreaded"/> block.
/// </summary>
internal sealed class BoxBounder(
    Graph network, SemanticSet set, IBoundPropagator propagator, int boxesPerBatch, int workers, Func<double[], double[], ParameterBox, (double[] Lower, double[] Upper)>? values = null)
{
    /// <summary>The leaf and the unstable neurons of each box, in order; null for boxes not bounded because <paramref name="stop"/> became true.</summary>
    public IReadOnlyList<(Leaf Leaf, double Unstable)?> Bound(
        Tensor image, IReadOnlyList<ParameterBox> boxes, Func<bool> stop, CancellationToken cancellationToken)
    {
        // Few boxes make small batches, so that there are several to share out.
        var size = Math.Clamp(boxes.Count / 2, 1, boxesPerBatch);
        var batches = boxes.Chunk(size).ToArray();
        var leaves = new (Leaf, double)?[batches.Length][];
        SingleThreaded.ForEach(batches.Length, workers, index =>
        {
            leaves[index] = Bound(image, batches[index], () => stop() || cancellationToken.IsCancellationRequested);
            cancellationToken.ThrowIfCancellationRequested();
        });
        return [.. leaves.SelectMany(batch => batch)];
    }

    private (Leaf, double)?[] Bound(Tensor image, ParameterBox[] boxes, Func<bool> stop)
    {
        if (stop())
            return new (Leaf, double)?[boxes.Length];
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var images = set.Enclose(image, boxes);
        using var bounds = propagator is IInterruptiblePropagator interruptible
            ? interruptible.Propagate(network, images, stop) : propagator.Propagate(network, images);
        if (bounds is null)
            return new (Leaf, double)?[boxes.Length];
        Tensor lower = bounds.Output.Lower, upper = bounds.Output.Upper;
        if (!lower.shape.SequenceEqual([boxes.Length, network.Output.Channels]) || !upper.shape.SequenceEqual(lower.shape))
            throw new InvalidOperationException($"'{propagator.Name}' gave bounds [{string.Join(", ", lower.shape)}] for {boxes.Length} boxes and {network.Output.Channels} outputs.");
        var unstable = (double)bounds.PreActivations.Sum(node => node.Unstable()) / boxes.Length;
        double[][] lowers = Rows(lower, double.NegativeInfinity), uppers = Rows(upper, double.PositiveInfinity);
        return [.. boxes.Select((box, row) => ((Leaf, double)?)(LeafOf(box, lowers[row], uppers[row]), unstable))];
    }

    private Leaf LeafOf(ParameterBox box, double[] lower, double[] upper)
    {
        (lower, upper) = values?.Invoke(lower, upper, box) ?? (lower, upper);
        return new Leaf(box, lower, upper);
    }

    /// <summary>One row a box; where numbers overflowed to NaN, the bound says nothing.</summary>
    private static double[][] Rows(Tensor values, double nothing) =>
        [.. values.to(float64).cpu().contiguous().data<double>().ToArray().Select(value => double.IsNaN(value) ? nothing : value).Chunk((int)values.shape[1])];
}
