using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>How <see cref="GraphBuilder.Upsample(string, GraphNode, long, long, Upsampling)"/> fills a greater map.</summary>
public enum Upsampling
{
    /// <summary>Every value is that of the nearest place before: value i of m is value ⌊i·n / m⌋ of n.</summary>
    Nearest,

    /// <summary>Between the two next centres in each direction, the edges repeated: value i of m lies at (i + ½)·n / m − ½.</summary>
    Bilinear,

    /// <summary>As bilinear, with the corners' centres on the corners' centres: value i of m lies at i·(n − 1) / (m − 1).</summary>
    BilinearAlignedCorners,
}

/// <summary>
/// Values of a map at places between its own, as gathers, constant factors and sums: every domain bounds these exactly, and channels stay
/// by themselves.
/// </summary>
internal static class Interpolation
{
    /// <summary>A value <c>(1 − Weight)·x[Low] + Weight·x[High]</c> along an axis.</summary>
    public readonly record struct Sample(long Low, long High, float Weight);

    /// <summary>The samples along an axis of n values, for m.</summary>
    public static Sample[] Samples(Upsampling mode, long values, long outputs) =>
        [
            .. Enumerable
                .Range(0, (int)outputs)
                .Select(output =>
                    mode switch
                    {
                        Upsampling.Nearest => new Sample(output * values / outputs, output * values / outputs, 0),
                        Upsampling.Bilinear => At((((output + 0.5) * values) / outputs) - 0.5, values),
                        _ => At(outputs == 1 ? 0 : (double)output * (values - 1) / (outputs - 1), values),
                    }),
        ];

    /// <summary>The sample at a place, which counts as the nearest edge outside.</summary>
    public static Sample At(double place, long values)
    {
        place = Math.Clamp(place, 0, values - 1);
        var low = (long)Math.Floor(place);
        return new Sample(low, Math.Min(low + 1, values - 1), (float)(place - low));
    }

    /// <summary>Adds the nodes for a map <c>[C, H, W]</c>; the last has the name.</summary>
    public static GraphNode Add(GraphBuilder builder, string name, GraphNode input, Sample[] rows, Sample[] columns)
    {
        // Axes that only repeat or leave out values are one gather.
        if (IsGather(rows) && IsGather(columns))
            return Gather(builder, name, input, rows, columns, false, false);
        if (IsGather(rows))
            return Axis(builder, name, input, rows, columns, 2);
        if (IsGather(columns))
            return Axis(builder, name, input, rows, columns, 1);
        var whole = Enumerable.Range(0, (int)input.Shape[2]).Select(column => new Sample(column, column, 0)).ToArray();
        var between = Axis(builder, $"{name}.rows", input, rows, whole, 1);
        whole = [.. Enumerable.Range(0, rows.Length).Select(row => new Sample(row, row, 0))];
        return Axis(builder, name, between, whole, columns, 2);
    }

    private static GraphNode Axis(GraphBuilder builder, string name, GraphNode input, Sample[] rows, Sample[] columns, int axis)
    {
        var samples = axis == 1 ? rows : columns;
        long[] shape = axis == 1 ? [1, samples.Length, 1] : [1, 1, samples.Length];
        GraphNode Part(string part, bool high)
        {
            var gathered = Gather(builder, $"{name}.{part}", input, rows, columns, high && axis == 1, high && axis == 2);
            using var scope = NewDisposeScope();
            var weights = tensor(samples.Select(sample => high ? sample.Weight : 1 - sample.Weight).ToArray(), shape);
            return builder.Rescaling($"{name}.{part}Weight", gathered, new Rescaling(weights, zeros(1)));
        }

        return builder.Addition(name, Part("low", high: false), Part("high", high: true));
    }

    private static GraphNode Gather(
        GraphBuilder builder, string name, GraphNode input, Sample[] rows, Sample[] columns, bool highRows, bool highColumns)
    {
        var (channels, height, width) = (input.Shape[0], input.Shape[1], input.Shape[2]);
        var sources = new long[channels * rows.Length * columns.Length];
        var place = 0;
        for (var channel = 0L; channel < channels; channel++)
        {
            foreach (var row in rows)
            {
                foreach (var column in columns)
                    sources[place++] =
                        (((channel * height) + (highRows ? row.High : row.Low)) * width) + (highColumns ? column.High : column.Low);
            }
        }

        return builder.Rearrangement(name, input, [channels, rows.Length, columns.Length], sources);
    }

    // All weights 0.
    private static bool IsGather(Sample[] samples) => samples.All(sample => sample.Weight == 0);
}
