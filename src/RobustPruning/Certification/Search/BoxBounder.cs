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
    Graph network,
    SemanticSet set,
    IBoundPropagator propagator,
    int boxesPerBatch,
    int workers,
    DecodedBounder? decoded = null,
    Func<double[], double[], ParameterBox, (double[] Lower, double[] Upper)>? values = null)
{
    /// <summary>
    /// The leaf and the unstable neurons of each box, in order; null for boxes not bounded because <paramref name="stop"/> became true.
    /// </summary>
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
        var unstable = 0.0;
        var leaves =
            decoded is not null ? decoded.Bound(boxes, (graph, rows) => Bound(graph, images, stop, ref unstable, rows))
            : Bound(network, images, stop, ref unstable) is { } rows
                ? [.. boxes.Select((box, row) => LeafOf(box, rows.Lower[row], rows.Upper[row]))]
            : null;
        return leaves is null ? new (Leaf, double)?[boxes.Length] : [.. leaves.Select(leaf => ((Leaf, double)?)(leaf, unstable))];
    }

    /// <summary>
    /// The bounds of a graph's outputs, one row a box, and where the engine can, of linear rows over them; null if it was stopped.
    /// </summary>
    private RowBounds? Bound(Graph graph, PerturbedImages images, Func<bool> stop, ref double unstable, OutputRows? rows = null)
    {
        if (propagator is SemanticIntervalPropagator semantic && semantic.RunsOnEngine(graph, images))
        {
            if (semantic.BoundOutputs(
                    graph,
                    images,
                    stop,
                    rows is null ? null : (box, lower, upper) => rows(box, Lower(lower), Upper(upper)))
                is not { } found)
                return null;
            unstable = found.Average(box => box.Unstable);
            return new RowBounds([.. found.Select(box => Lower(box.Lower))], [.. found.Select(box => Upper(box.Upper))])
            {
                Rows = found.Any(box => box.Rows is null) ? null
                    : [.. found.Select(box => (Lower(box.Rows!.Value.Lower), Upper(box.Rows.Value.Upper)))],
            };
        }

        using var bounds = propagator is IInterruptiblePropagator interruptible
            ? interruptible.Propagate(graph, images, stop) : propagator.Propagate(graph, images);
        if (bounds is null)
            return null;
        Tensor lower = bounds.Output.Lower, upper = bounds.Output.Upper;
        if (!lower.shape.SequenceEqual([images.Boxes, graph.Output.Channels]) || !upper.shape.SequenceEqual(lower.shape))
            throw new InvalidOperationException(
                $"'{propagator.Name}' gave bounds [{string.Join(", ", lower.shape)}] for {images.Boxes} boxes and "
                + $"{graph.Output.Channels} outputs.");
        unstable = (double)bounds.PreActivations.Sum(node => node.Unstable()) / images.Boxes;
        return new RowBounds(Rows(lower, double.NegativeInfinity), Rows(upper, double.PositiveInfinity));
    }

    private Leaf LeafOf(ParameterBox box, double[] lower, double[] upper)
    {
        (lower, upper) = values?.Invoke(lower, upper, box) ?? (lower, upper);
        return new Leaf(box, lower, upper);
    }

    /// <summary>One row a box; where numbers overflowed to NaN, the bound says nothing.</summary>
    private static double[][] Rows(Tensor values, double nothing) =>
        [.. values.to(float64).cpu().contiguous().data<double>().ToArray().Chunk((int)values.shape[1]).Select(row => Said(row, nothing))];

    private static double[] Lower(double[] values) => Said(values, double.NegativeInfinity);

    private static double[] Upper(double[] values) => Said(values, double.PositiveInfinity);

    private static double[] Said(double[] values, double nothing) =>
        Array.ConvertAll(values, value => double.IsNaN(value) ? nothing : value);
}
