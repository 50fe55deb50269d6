using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>
/// Which channels carry something: those whose value, where a layer reads it, varies across clean images. A network whose layers keep
/// none of them is a constant; it certifies perfectly and predicts nothing.
/// </summary>
internal sealed class CarryingChannels
{
    private const int ImagesPerBatch = 32;

    // Sums of equal values in another order differ by a little.
    private const double RelativeNoise = 1e-10;

    private readonly Dictionary<ChannelGroup, bool[]> _carries;

    private CarryingChannels(Dictionary<ChannelGroup, bool[]> carries) => _carries = carries;

    /// <summary>Measures the channels of some groups over the context's images.</summary>
    public static CarryingChannels Measure(
        PruningContext context, IEnumerable<ChannelGroup> groups, double minimumVariance, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var evaluation = new EvaluationMode(context.Network);
        using var scope = NewDisposeScope();
        var all = groups.ToList();
        GraphNode[] read = [.. all.SelectMany(group => group.Inputs).Select(layer => layer.Node.Inputs[0]).Distinct()];
        var moments = read.ToDictionary(node => node, _ => new Moments());
        for (var first = 0L; first < context.Images.shape[0]; first += ImagesPerBatch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var values = context.Network.Run(
                context.Images.narrow(0, first, Math.Min(ImagesPerBatch, context.Images.shape[0] - first)), read);
            foreach (var node in read)
                moments[node].Add(values[node]);
        }

        return new CarryingChannels(all.ToDictionary(group => group, group => Enumerable.Range(0, group.Width)
            .Select(channel => group.Inputs.Any(layer =>
                moments[layer.Node.Inputs[0]].IsAbove(layer.Entries[channel], minimumVariance))).ToArray()));
    }

    /// <summary>
    /// The scores with all channels that carry nothing below all others of their network, in the same order among themselves.
    /// </summary>
    public Dictionary<ChannelGroup, double[]> First(IReadOnlyDictionary<ChannelGroup, double[]> scores)
    {
        if (_carries.Values.All(channels => channels.All(carries => carries)) || scores.Values.Any(values => !values.All(double.IsFinite)))
            return scores.ToDictionary();

        // Ranks of all values, so that nothing is lost by shifting them.
        var ranks = scores
            .Values.SelectMany(values => values)
            .Distinct()
            .Order()
            .Index()
            .ToDictionary(entry => entry.Item, entry => (double)entry.Index);
        return scores.ToDictionary(entry => entry.Key, entry => entry.Value
            .Select((value, channel) => ranks[value] - (_carries[entry.Key][channel] ? 0 : ranks.Count)).ToArray());
    }

    /// <summary>Refuses a plan that leaves a pruned group with channels that carry nothing.</summary>
    public void RequireLeft(PruningPlan plan)
    {
        foreach (var (group, removed) in plan.Removed.Where(entry => entry.Value.Count > 0))
        {
            if (!Enumerable.Range(0, group.Width).Except(removed).Any(channel => _carries[group][channel]))
            {
                throw PruningException.OfCollapse(
                    group.Name,
                    $"The plan leaves layer '{group.Name}' with {group.Width - removed.Count} channels that do not vary "
                        + "across the images: the network would say the same whatever it sees.");
            }
        }
    }

    /// <summary>Streams the variance over images of one value.</summary>
    private sealed class Moments
    {
        private Tensor? _first, _sum, _squares, _magnitude;
        private double[]? _variances, _meanSquares;
        private long _images;

        /// <summary>Takes in a batch; called in the dispose scope of the batch.</summary>
        public void Add(Tensor values)
        {
            var numbers = values.to(float64);
            _images += numbers.shape[0];

            // Less the first image's value, so that the difference of the sums loses no digits.
            _first ??= Keep(numbers.narrow(0, 0, 1).clone());
            var moved = numbers - _first;
            _sum = Sum(_sum, moved.sum([0]));
            _squares = Sum(_squares, moved.Squared().sum([0]));
            _magnitude = Sum(_magnitude, numbers.Squared().sum([0]));
        }

        /// <summary>Whether one of some entries varies by more than a least variance, and than rounding explains.</summary>
        public bool IsAbove(IReadOnlyList<int> entries, double minimum)
        {
            _variances ??= PerEntry(_squares! - (_sum!.Squared() / Scalars.Of(_images)));
            _meanSquares ??= PerEntry(_magnitude!);
            return entries.Any(entry => _variances[entry] > Math.Max(minimum, RelativeNoise * _meanSquares[entry]));
        }

        private double[] PerEntry(Tensor sums) =>
            (sums / Scalars.Of(_images)).reshape(sums.shape[0], -1).mean([1]).cpu().data<double>().ToArray();

        private static Tensor Sum(Tensor? sum, Tensor value) => Keep(sum is null ? value : sum.Plus(value));

        // Into the scope of the whole measurement.
        private static Tensor Keep(Tensor value) => value.MoveToOuterDisposeScope();
    }
}
