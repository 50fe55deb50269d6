using ILGPU;
using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;

namespace RobustPruning.Gpu;

/// <summary>The weights and lists of a plan's steps on the device. Immutable once made, and then thread-safe.</summary>
internal sealed class DevicePlan
{
    private readonly Dictionary<PlanStep, StepArrays> _steps = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<int, DeviceArray<double>> _kinks = [];

    /// <summary>Uploads what the steps need.</summary>
    public DevicePlan(DeviceSession session, PropagationPlan plan)
    {
        foreach (var step in plan.Steps)
        {
            switch (step)
            {
                case AffineStep affine:
                    Add(session, affine);
                    break;

                case SoftmaxStep softmax:
                    Add(session, softmax.Mean);
                    Add(session, softmax.Spread);
                    break;

                case MaxPoolStep pooling:
                    AddEntries(session, pooling);
                    break;

                default:
                    break;
            }
        }

        foreach (var (value, places) in plan.Kinks.Where(kinks => kinks.Value.Length > 0))
            _kinks[value] = session.Upload<double>(places);
    }

    /// <summary>How many boxes use it now, and when it was used last: for whoever keeps plans.</summary>
    public int Users { get; set; }

    public long LastUse { get; set; }

    /// <summary>What a step needs.</summary>
    public StepArrays Of(PlanStep step) => _steps[step];

    /// <summary>Where the nonlinearities that read a value bend; null if nowhere.</summary>
    public DeviceArray<double>? Kinks(int value) => _kinks.GetValueOrDefault(value);

    /// <summary>The bytes that a plan's weights and lists need at least.</summary>
    public static long Bytes(PropagationPlan plan) => plan.Steps.Sum(step => step switch
    {
        ConvolutionStep convolution => 8L * (convolution.WideWeights?.Length ?? convolution.Weights!.Length),
        ElementwiseStep elementwise => 8L * elementwise.Scale.Length,
        GatherStep gather => 4L * gather.Sources.Length,
        _ => 0,
    });

    private void Add(DeviceSession session, AffineStep step) => _steps[step] = new StepArrays
    {
        Weights = step is ConvolutionStep convolution ? session.Upload<double>(WeightsOf(convolution)) : null,
        Factors = step switch
        {
            ElementwiseStep elementwise => session.Upload<double>(elementwise.Scale),
            ChannelwiseStep channelwise => session.Upload<double>(Scales(channelwise)),
            _ => null,
        },
        Indices = step switch
        {
            GatherStep gather => session.Upload<int>(gather.Sources),
            ChannelwiseStep channelwise => session.Upload<int>(channelwise.Channels ?? [.. Enumerable.Range(0, step.Map.Channels)]),
            _ => null,
        },
        Rows = step is ChannelwiseStep byRows ? AxisLists.Of(session, byRows.Rows) : null,
        Columns = step is ChannelwiseStep byColumns ? AxisLists.Of(session, byColumns.Columns) : null,
        Shift = step.Shift is { } shift ? session.Upload<double>(shift) : null,
    };

    /// <summary>Of each entry of a max pooling, too, where it and where those before it are no padding.</summary>
    private void AddEntries(DeviceSession session, MaxPoolStep pooling)
    {
        var before = new bool[pooling.Map.Size];
        foreach (var entry in pooling.Entries)
        {
            Add(session, entry);
            var present = Present(entry);
            int[] bits = [.. before.Zip(present, (first, second) => (first ? 1 : 0) | (second ? 2 : 0))];
            _steps[entry] = _steps[entry] with { Present = session.Upload<int>(bits) };
            before = [.. before.Zip(present, (first, second) => first || second)];
        }
    }

    private static bool[] Present(ChannelwiseStep entry)
    {
        bool[] rows = [.. entry.Rows.Sources.Select(read => read.Length > 0)];
        bool[] columns = [.. entry.Columns.Sources.Select(read => read.Length > 0)];
        return [.. from row in rows from column in columns from _ in Enumerable.Range(0, entry.Map.Channels) select row && column];
    }

    private static double[] WeightsOf(ConvolutionStep step) =>
        step.WideWeights ?? Array.ConvertAll(step.Weights!, weight => (double)weight);

    // Where values are only moved, they have no factors.
    private static double[] Scales(ChannelwiseStep step) => [.. Enumerable.Range(0, step.Map.Area)
        .Select(place => step.Terms > 0 ? step.ScaleOf(place / step.Map.Width, place % step.Map.Width) : 1)];
}

/// <summary>What a step has on the device.</summary>
internal sealed record StepArrays
{
    /// <summary>A convolution's weights.</summary>
    public DeviceArray<double>? Weights { get; init; }

    /// <summary>Factors of each number, or of each place.</summary>
    public DeviceArray<double>? Factors { get; init; }

    /// <summary>The sources of a gather, or the channels that each channel reads.</summary>
    public DeviceArray<int>? Indices { get; init; }

    public AxisLists? Rows { get; init; }

    public AxisLists? Columns { get; init; }

    public DeviceArray<double>? Shift { get; init; }

    /// <summary>For an entry of a max pooling: bit 0 where an earlier entry is no padding, bit 1 where this one is none.</summary>
    public DeviceArray<int>? Present { get; init; }
}

/// <summary>The places along one axis that each new place reads.</summary>
internal sealed record AxisLists(DeviceArray<int> Starts, DeviceArray<int> Places, DeviceArray<int> Readers)
{
    public ListView View => new() { Starts = Starts.View, Places = Places.View, Readers = Readers.View };

    public static AxisLists Of(DeviceSession session, AxisMap axis)
    {
        var starts = new int[axis.Sources.Length + 1];
        var readers = new int[axis.Size];
        Array.Fill(readers, int.MaxValue);
        for (var target = 0; target < axis.Sources.Length; target++)
        {
            starts[target + 1] = starts[target] + axis.Sources[target].Length;
            foreach (var source in axis.Sources[target])
                readers[source] = Math.Min(readers[source], target);
        }

        return new AxisLists(session.Upload<int>(starts), session.Upload<int>([.. axis.Sources.SelectMany(read => read)]),
            session.Upload<int>(readers));
    }
}
